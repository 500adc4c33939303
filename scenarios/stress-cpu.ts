import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'An instance has a tenth of a core for eight seconds, as beside a greedy neighbour.',
  topology: { instances: 3 },
  // Half the rate of the others: on the driver `process`, the neighbours take their share from everybody on the machine.
  load: { rooms: 20, clients: 300, messagesPerSecond: 100, textBytes: 120, seconds: 32, warmUpSeconds: 3 },
  faults: [{ kind: 'stress-cpu', atSeconds: 6, forSeconds: 8, share: 0.1 }],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    // A slow instance is late with a third of the deliveries, but loses none and drops nobody. Three times the usual limits for the steady
    // phase: the load's workers are slowed by the neighbours too, and nobody can be held to a limit that they cannot time.
    crossInstanceP99Ms: { steady: 300, fault: 3000 },
    ackP99Ms: { steady: 300 },
    // From when it is slow: the eight seconds, and what it takes to catch up.
    steadyAgainSeconds: 15,
  },
})
