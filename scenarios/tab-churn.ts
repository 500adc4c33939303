import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Sixty tabs a second are opened in the rooms of the load and closed again, half of them without a goodbye.',
  topology: { instances: 3 },
  // As in `cut-redis`.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'tab-churn', atSeconds: 5, forSeconds: 12, opensPerSecond: 20 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Whoever stays notices nothing of whoever comes and goes.
    rejected: 0,
    unknown: 0,
    late: 0,
    crossInstanceP99Ms: { steady: 100, fault: 300 },
    ackP99Ms: { steady: 100, fault: 300 },
    steadyAgainSeconds: 25,
  },
})
