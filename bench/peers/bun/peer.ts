/** Bun's own publish and subscribe: see `server.mjs`. */

import { BenchError, bunProgram } from '../../rig/needs.ts'
import type { Peer } from '../peer.ts'
import { startScript } from '../start-script.ts'

export const bun: Peer = {
  name: 'bun',
  needs: ['redis', 'bun'],
  wire: { path: '/ws', subprotocol: '', hello: '', ready: '', publish: text => text, envelopeBytes: 0 },
  async start(options) {
    const program = bunProgram()
    if (program === null) throw new BenchError('Bun is not there. Run: npm run setup -- --bench')
    return startScript('bun', program, options)
  },
}
