// Written by `npm run k6 -- spikes` from scenarios/spikes.ts: edit that one, and run it again.

/**
 * Four times the rate jumps to six times what it was for two seconds, as after a goal, and back.
 *
 *     k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080,ws://127.0.0.1:8081 scenarios/k6/spikes.ts
 *
 * What k6 cannot do of it; docs/k6.md tells more:
 *
 * - the ledger: nobody compares what all clients were told; each knows of loss, duplicates and order what it can see
 *   by itself.
 * - the end: no roll call, no counts of who is there, no reading of the logs.
 * - these budgets: diverged (no client sees what another one was told).
 */

import { flood } from './flood/flood.ts'

const script = flood('spikes', {
  about: 'Four times the rate jumps to six times what it was for two seconds, as after a goal, and back.',
  topology: { instances: 3 },
  load: {
    rooms: 20,
    clients: 300,
    messagesPerSecond: 100,
    shape: { kind: 'spikes', toMessagesPerSecond: 600, everySeconds: 8, lastsSeconds: 2 },
    textBytes: 120,
    seconds: 36,
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
