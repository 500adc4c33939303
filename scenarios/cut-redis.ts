import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'Every link to Redis is a black hole for five seconds; nobody hears anything, and afterwards nothing is missing.',
  topology: { instances: 3 },
  // 15 members to a room, 5 on each instance. 30 s: time before the cut, and enough after it to be steady again.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'cut-redis', atSeconds: 8, forSeconds: 5 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // What is said while nobody reaches Redis waits until it is back: the six seconds of the cut and its proof, a command's deadline, a
    // reconnect to Redis and a client's backoff.
    crossInstanceP99Ms: { steady: 100, fault: 12_000 },
    ackP99Ms: { steady: 100 },
    steadyAgainSeconds: 15,
  },
})
