// Written by `npm run k6 -- kill-instance` from scenarios/kill-instance.ts: edit that one, and run it again.

/**
 * SIGKILL for every instance in turn while rooms are busy; each is started again a second later.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/kill-instance.ts
 *     npm run scenario kill-instance -- --load none   # brings up the cluster, injects the faults
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - its faults, kill-instance at 5 s; the harness does that, while k6 makes the load.
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told), steadyAgainSeconds (k6 does not know when a
 *   fault had its effect), ackP99Ms (k6 does not know the phases of a fault).
 */

import { flood } from './flood/flood.ts'

const script = flood('kill-instance', {
  about: 'SIGKILL for every instance in turn while rooms are busy; each is started again a second later.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 45, warmUpSeconds: 3 },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    crossInstanceP99Ms: { steady: 100, fault: 3000 },
    ackP99Ms: { steady: 100 },
    reconnectSeconds: 5,
    steadyAgainSeconds: 10,
  },
})

export const options = script.options
export default script.run
