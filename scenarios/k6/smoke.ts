// Written by `npm run k6 -- smoke` from scenarios/smoke.ts: edit that one, and run it again.

/**
 * The shortest whole proof: two instances, one killed in the middle of the load and started again.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/smoke.ts
 *     npm run scenario smoke -- --load none   # brings up the cluster, injects the faults
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - its faults, kill-instance at 5 s; the harness does that, while k6 makes the load.
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told), steadyAgainSeconds (k6 does not know when a
 *   fault had its effect), crossInstanceP99Ms (k6 does not know the phases of a fault), ackP99Ms (k6 does not know
 *   the phases of a fault).
 */

import { flood } from './flood/flood.ts'

const script = flood('smoke', {
  about: 'The shortest whole proof: two instances, one killed in the middle of the load and started again.',
  topology: { instances: 2 },
  load: { rooms: 8, clients: 80, messagesPerSecond: 200, textBytes: 120, seconds: 15, warmUpSeconds: 2 },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    crossInstanceP99Ms: { steady: 100 },
    ackP99Ms: { steady: 100 },
    reconnectSeconds: 5,
    steadyAgainSeconds: 8,
  },
})

export const options = script.options
export default script.run
