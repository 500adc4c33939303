/** Starts the `server.mjs` of a peer, which reads PORT and REDIS_URL. */

import { peerFile } from '../rig/needs.ts'
import type { PeerOptions, RunningPeer } from './peer.ts'

export async function startScript(
  name: string,
  program: string,
  { rig, core, instance, redisUrl }: PeerOptions,
): Promise<RunningPeer> {
  const port = rig.port()
  const { pid } = await rig.start({
    name: `${name}-${instance}`,
    core,
    command: [program, peerFile(name, 'server.mjs')],
    environment: { NODE_ENV: 'production', PORT: String(port), REDIS_URL: redisUrl },
    port,
  })
  return { port, pids: [pid] }
}
