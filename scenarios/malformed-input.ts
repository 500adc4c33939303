import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Every kind of broken frame, handshake and request comes in beside the load, 150 a second.',
  topology: { instances: 3 },
  // As in `cut-redis`.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'malformed-input', atSeconds: 5, forSeconds: 10, inputsPerSecond: 50 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // Whoever keeps to the rules notices nothing of whoever does not.
    rejected: 0,
    unknown: 0,
    late: 0,
    crossInstanceP99Ms: { steady: 100, fault: 300 },
    ackP99Ms: { steady: 100, fault: 300 },
    steadyAgainSeconds: 18,
  },
})
