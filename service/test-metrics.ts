/** Test support: metrics of an instance where nothing is observed. */

import { createMetrics, type Metrics } from './metrics.ts'

export function createTestMetrics(instance = 'test'): Metrics {
  return createMetrics(instance, {
    connections: () => 0,
    connectionsMax: 1000,
    participants: () => 0,
    roomsBySize: () => [0, 0, 0, 0],
    leases: () => null,
    leasesLost: () => 0,
    link: () => ({ isUsable: false, reconnects: 0 }),
    isReady: () => false,
    drainDeadlineMs: () => null,
  })
}
