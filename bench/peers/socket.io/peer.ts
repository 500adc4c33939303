/** Socket.IO with its Redis adapter: see `server.mjs`. Clients use the WebSocket transport from the start, the leanest that it has. */

import type { Peer } from '../peer.ts'
import { startScript } from '../start-script.ts'

/** Of Engine.IO a message, of Socket.IO an event: see their protocols. */
const EVENT = '42'

export const socketIo: Peer = {
  name: 'socket.io',
  needs: ['redis', 'socket.io'],
  wire: {
    path: '/socket.io/?EIO=4&transport=websocket',
    subprotocol: '',
    // Connects to the main namespace.
    hello: '40',
    ready: '40',
    publish: text => `${EVENT}${JSON.stringify(['chat message', text])}`,
    envelopeBytes: `${EVENT}${JSON.stringify(['chat message', ''])}`.length,
  },
  start: options => startScript('socket.io', process.execPath, options),
}
