import { defineScenario } from '../harness/scenario/scenario.ts'

export default defineScenario({
  about:
    'SIGTERM for two of three instances at the same time; all clients have to fit on the third until they are back.',
  topology: { instances: 3 },
  // As in `steady`, so that the two can be compared.
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  faults: [{ kind: 'stop-instance', target: { fraction: 0.5 }, atSeconds: 5, downSeconds: 1 }],
  instancesDownMax: 2,
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    uncleanDrains: 0,
    // Both spread their closes over 5 s, so 40 clients a second look for another place, and half of the tries meet the other
    // instance that is going. What such a client is owed waits for it.
    crossInstanceP99Ms: { steady: 100, fault: 4000 },
    ackP99Ms: { steady: 100 },
    reconnectSeconds: 12,
    steadyAgainSeconds: 18,
  },
})
