// Written by `npm run k6 -- steady` from scenarios/steady.ts: edit that one, and run it again.

/**
 * No fault at all: three instances under an even load, the yardstick for the others.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/steady.ts
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told).
 */

import { flood } from './flood/flood.ts'

const script = flood('steady', {
  about: 'No fault at all: three instances under an even load, the yardstick for the others.',
  topology: { instances: 3 },
  load: { rooms: 20, clients: 300, messagesPerSecond: 200, textBytes: 120, seconds: 30, warmUpSeconds: 3 },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    late: 0,
    rejected: 0,
    unknown: 0,
    duplicatedOnWire: 0,
    crossInstanceP99Ms: 100,
    sameInstanceP99Ms: 100,
    ackP99Ms: 100,
  },
})

export const options = script.options
export default script.run
