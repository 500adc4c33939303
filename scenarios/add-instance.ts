import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'A fourth instance is started while rooms are busy, and a quarter of the clients moves there.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'add-instance', atSeconds: 6 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // Nobody is cut off by the start itself, which takes the machine a second or two of work.
    crossInstanceP99Ms: { steady: 100, fault: 1000 },
    ackP99Ms: { steady: 100 },
    // From when it is ready: 75 clients move within two seconds, each by one reconnect.
    steadyAgainSeconds: 10,
  },
})
