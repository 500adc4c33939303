import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Redis is out of memory for five seconds and refuses every write.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'fill-redis', atSeconds: 6, forSeconds: 5 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // No limit for the fault: what is said in it is refused or waits for its end.
    crossInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    // From the first refusal: the five seconds, and the clients' backoff.
    steadyAgainSeconds: 15,
  },
})
