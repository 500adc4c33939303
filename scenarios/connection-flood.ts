import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'On each instance five hundred strangers open connections, join nothing and stay for eight seconds.',
  topology: { instances: 3 },
  // As in `cut-redis`.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'connection-flood', atSeconds: 5, forSeconds: 8, connections: 500 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Those who are there already have their service, all the while.
    rejected: 0,
    unknown: 0,
    late: 0,
    // 1,500 handshakes on a small machine take a second or two of all its cores.
    crossInstanceP99Ms: { steady: 100, fault: 1000 },
    ackP99Ms: { steady: 100, fault: 1000 },
    steadyAgainSeconds: 18,
  },
})
