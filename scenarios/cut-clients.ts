import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'A third of all connections of clients is reset at once, three times.',
  topology: { instances: 3 },
  // As in `cut-redis`; three cuts with 8 s for each, and time to be steady after the last.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 35, warmUpSeconds: 3 },
  faults: [{ kind: 'cut-clients', share: 0.33, atSeconds: 5, times: 3, everySeconds: 8 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Whoever is cut off is back at another instance after a backoff of at most a tenth of a second, and a second try where the first failed.
    crossInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    detectSeconds: 1,
    reconnectSeconds: 3,
    firstCrossSeconds: 3,
    steadyAgainSeconds: 6,
  },
})
