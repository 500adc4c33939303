/** The chat of a tutorial: see `server.mjs`. */

import type { Peer } from '../peer.ts'
import { startScript } from '../start-script.ts'

export const naive: Peer = {
  name: 'naive',
  needs: ['redis'],
  wire: {
    path: '/ws',
    subprotocol: '',
    hello: '',
    ready: '',
    publish: text => JSON.stringify({ from: 'g0', text }),
    envelopeBytes: JSON.stringify({ from: 'g0', text: '', sentAt: 1_700_000_000_000 }).length,
  },
  start: options => startScript('naive', process.execPath, options),
}
