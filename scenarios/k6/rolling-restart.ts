// Written by `npm run k6 -- rolling-restart` from scenarios/rolling-restart.ts: edit that one, and run it again.

/**
 * SIGTERM for every instance in turn while rooms are busy, as a deployment does; each drains and is started again.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/rolling-restart.ts
 *     npm run scenario rolling-restart -- --load none   # brings up the cluster, injects the faults
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - its faults, stop-instance at 5 s; the harness does that, while k6 makes the load.
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told), uncleanDrains (k6 does not see how an
 *   instance ends), steadyAgainSeconds (k6 does not know when a fault had its effect), ackP99Ms (k6 does not know the
 *   phases of a fault).
 */

import { flood } from './flood/flood.ts'

const script = flood('rolling-restart', {
  about:
    'SIGTERM for every instance in turn while rooms are busy, as a deployment does; each drains and is started again.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 60, warmUpSeconds: 3 },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    uncleanDrains: 0,
    crossInstanceP99Ms: { steady: 100, fault: 3000 },
    ackP99Ms: { steady: 100 },
    reconnectSeconds: 12,
    steadyAgainSeconds: 15,
  },
})

export const options = script.options
export default script.run
