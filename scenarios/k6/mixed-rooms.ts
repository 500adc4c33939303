// Written by `npm run k6 -- mixed-rooms` from scenarios/mixed-rooms.ts: edit that one, and run it again.

/**
 * One room of a thousand, of whom ten talk, beside three hundred rooms of five.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/mixed-rooms.ts
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told).
 */

import { flood } from './flood/flood.ts'

const script = flood('mixed-rooms', {
  about: 'One room of a thousand, of whom ten talk, beside three hundred rooms of five.',
  topology: { instances: 3 },
  load: {
    rooms: [
      { count: 1, clients: 1000, messageShare: 0.03, talkers: 0.01 },
      { count: 300, clients: 5 },
    ],
    messagesPerSecond: 100,
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
    late: 0,
    rejected: 0,
    unknown: 0,
    crossInstanceP99Ms: 150,
    ackP99Ms: 150,
  },
})

export const options = script.options
export default script.run
