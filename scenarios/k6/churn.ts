// Written by `npm run k6 -- churn` from scenarios/churn.ts: edit that one, and run it again.

/**
 * Twenty clients a second leave their rooms and come back three seconds later, while the others talk on.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/churn.ts
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told), reconnectsPerSecondMax (no client can tell by
 *   itself).
 */

import { flood } from './flood/flood.ts'

const script = flood('churn', {
  about: 'Twenty clients a second leave their rooms and come back three seconds later, while the others talk on.',
  topology: { instances: 3 },
  load: {
    rooms: 20,
    clients: 300,
    messagesPerSecond: 150,
    churn: { clientsPerSecond: 20, awaySeconds: 3 },
    textBytes: 120,
    seconds: 30,
    warmUpSeconds: 3,
  },
  budgets: {
    lost: 0,
    duplicated: 0,
    reordered: 0,
    diverged: 0,
    phantom: 0,
    stranded: 0,
    reconnectsPerSecondMax: 0,
    crossInstanceP99Ms: 150,
    ackP99Ms: 150,
  },
})

export const options = script.options
export default script.run
