import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about: 'Half of the clients are on a slow line for ten seconds: 100 to 150 ms each way, and narrow.',
  topology: { instances: 3 },
  // As in `cut-redis`. A client gets 7.5 messages a second of some 300 bytes, so 20 kB/s are narrow, but not too narrow.
  load: { rooms: 20, clients: 300, messagesPerSecond: 150, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [
    {
      kind: 'slow-network',
      atSeconds: 5,
      forSeconds: 10,
      share: 0.5,
      latencyMs: 100,
      jitterMs: 50,
      bytesPerSecond: 20_000,
    },
  ],
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    declaredGaps: 0,
    stranded: 0,
    // A slow line is no broken one.
    rejected: 0,
    unknown: 0,
    late: 0,
    // From a slow sender to a slow receiver: twice 100 to 150 ms, and what a burst takes on a narrow line.
    crossInstanceP99Ms: { steady: 100, fault: 600 },
    ackP99Ms: { steady: 100, fault: 600 },
    steadyAgainSeconds: 18,
  },
})
