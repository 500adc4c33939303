import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Redis answers late: 50 to 75 ms are added each way on every link to it, for ten seconds.',
  topology: { instances: 3 },
  // As in `cut-redis`.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'slow-redis', atSeconds: 5, forSeconds: 10, latencyMs: 50, jitterMs: 25 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Nothing is refused, broken off or asked twice: slow is not away.
    rejected: 0,
    unknown: 0,
    late: 0,
    // A message goes to Redis and comes back on another link: twice 50 to 75 ms. Nothing else is to become slower by it.
    crossInstanceP99Ms: { steady: 100, fault: 400 },
    ackP99Ms: { steady: 100, fault: 400 },
    steadyAgainSeconds: 18,
  },
})
