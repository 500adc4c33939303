/** No server but the limit: `bench/rig/send-limit.c`, a loop of send() over all sockets for what came in one turn. */

import { nativeProgram } from '../../rig/native.ts'
import type { Peer } from '../peer.ts'

export const sendLimit: Peer = {
  name: 'send-limit',
  needs: ['cc'],
  wire: { path: '/', subprotocol: '', hello: '', ready: '', publish: text => text, envelopeBytes: 0 },
  async start({ rig, core, instance }) {
    const port = rig.port()
    const { pid } = await rig.start({
      name: `send-limit-${instance}`,
      core,
      command: [nativeProgram('send-limit'), String(port)],
      port,
    })
    return { port, pids: [pid] }
  },
}
