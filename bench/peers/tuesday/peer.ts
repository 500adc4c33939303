/**
 * This service as it ships, whole contract on: `service/main.ts`, every message through its script in Redis and the room's log. Only limits are
 * raised that would refuse a client which keeps 64 messages in flight or ten thousand connections.
 */

import { join } from 'node:path'
import { SERVICE_ARGUMENTS } from '../../../harness/cluster/process-instance.ts'
import { SUBPROTOCOL, WEBSOCKET_PATH } from '../../../service/protocol.ts'
import type { Peer } from '../peer.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'service', 'main.ts')
const ROOM = 'bench'
const SENDER = 'bench.1'
/** Of a room's epoch, which is opaque to clients: nine random bytes in base64url. */
const EPOCH_LENGTH = 12

export const tuesday: Peer = {
  name: 'tuesday',
  needs: ['redis'],
  wire: {
    path: `${WEBSOCKET_PATH}?guest=g#`,
    subprotocol: SUBPROTOCOL,
    hello: JSON.stringify({ type: 'join', room: ROOM }),
    ready: '{"type":"joined"',
    publish: text => `{"type":"send","room":"${ROOM}","session":"${SENDER}","n":@N,"text":"${text}"}`,
    // Seq and n have five digits in most of a measurement; with one to seven a message has up to eight bytes less or four more.
    envelopeBytes: envelopeBytes(),
  },
  async start({ rig, core, instance, redisUrl }) {
    const port = rig.port()
    const metricsPort = rig.port()
    const { pid } = await rig.start({
      name: `tuesday-${instance}`,
      core,
      command: [process.execPath, ...SERVICE_ARGUMENTS, MAIN],
      environment: {
        NODE_ENV: 'production',
        INSTANCE_NAME: instance,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        REDIS_URL: redisUrl,
        LOG_LEVEL: 'warn',
        GUESTS: 'allow',
        CONNECTIONS_MAX: '20000',
        FRAMES_PER_SECOND: '1000000',
        FRAMES_BURST: '1000000',
        IN_FLIGHT_MAX: '1000',
      },
      port,
    })
    return { port, pids: [pid], metricsPort }
  },
}

function envelopeBytes(): number {
  const message = {
    ...{ type: 'message', room: ROOM, epoch: 'x'.repeat(EPOCH_LENGTH), seq: 12_345, sentAt: 1_700_000_000_000 },
    ...{ id: `${SENDER}/12345`, from: 'g0', text: '' },
  }
  return JSON.stringify(message).length
}
