import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Every client of every instance is cut off in the same moment, so that all come back at once.',
  topology: { instances: 3 },
  // As in `cut-redis`, with twice the clients: 600 handshakes, joins and resumes come within a few hundred milliseconds.
  load: { rooms: 20, clients: 600, messagesPerSecond: 100, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'reconnect-storm', atSeconds: 8 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    crossInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    detectSeconds: 1,
    // Full jitter spreads the first tries over 100 ms, and whoever is not answered then tries again.
    reconnectSeconds: 5,
    firstCrossSeconds: 3,
    steadyAgainSeconds: 8,
  },
})
