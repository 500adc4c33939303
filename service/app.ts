/** Composes the service: Redis links, rooms, WebSocket and HTTP routes. `main.ts` listens. */

import websocket from '@fastify/websocket'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { pino } from 'pino'
import type { WebSocket } from 'ws'
import type { Config } from './config.ts'
import { Connection } from './connection.ts'
import { drain } from './drain.ts'
import { addHistoryRoute } from './history-route.ts'
import { loadScripts } from './loaded-script.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { PRESENCE_SCRIPTS, Presence } from './presence.ts'
import { CLOSE_CODES, type CloseName, SUBPROTOCOL, USER_PATTERN, WEBSOCKET_PATH } from './protocol.ts'
import { RedisLink } from './redis-link.ts'
import { RoomDirectory } from './room-directory.ts'
import { LOG_SCRIPTS, RoomLog } from './room-log.ts'

export interface App {
  readonly server: FastifyInstance
  readonly metrics: Metrics
  readonly isReady: () => boolean
  /** Ends in order, see `drain.ts`. Resolves with true where nothing had to be cut. */
  drain(abort: AbortSignal): Promise<boolean>
}

export async function createApp(config: Config): Promise<App> {
  const log = pino({ level: config.logLevel, base: { instance: config.instance } })
  const connections = new Set<Connection>()
  const metrics = createMetrics(config.instance, {
    connections: () => connections.size,
    rooms: () => rooms.roomCount,
    redisReconnects: () => [commands, subscriber].map(({ role, reconnects }) => ({ link: role, count: reconnects })),
  })
  const linkOptions = { url: config.redisUrl, commandMsMax: config.redisCommandMsMax, pingMs: config.redisPingMs, log }
  const commands = new RedisLink({
    ...linkOptions,
    role: 'commands',
    onConnected: link => loadScripts(link.redis, [...LOG_SCRIPTS, ...PRESENCE_SCRIPTS]),
  })
  const subscriber = new RedisLink({ ...linkOptions, role: 'subscriber', onConnected: link => rooms.resubscribe(link) })
  const { instance, logLengthMax, logExpiryMs, sessionExpiryMs, limits } = config
  const roomLog = new RoomLog({
    link: commands,
    instance,
    logLengthMax,
    logExpiryMs,
    sessionExpiryMs,
    memory: limits.inFlightMax,
  })
  const rooms = new RoomDirectory({ ...config, subscriber, roomLog, metrics, log })
  const presence = new Presence({
    link: commands,
    instance,
    heartbeatMs: config.heartbeatMs,
    log,
    onCount: (room, count) => rooms.tellCount(room, count),
  })
  // What was published while the channels were away is told again.
  subscriber.on('usable', () => presence.tellAgain())
  let stage: 'serving' | 'noticed' | 'refusing' = 'serving'
  const isReady = () => stage === 'serving' && commands.isUsable && rooms.isSettled

  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  })
  await server.register(websocket, {
    options: {
      maxPayload: limits.frameBytesMax,
      perMessageDeflate: false,
      // Without any of those that it offered, a browser fails the upgrade and never sees the code of the close.
      handleProtocols: offered => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : [...offered][0]!),
    },
    // ws closes the socket by itself, with a code where the protocol has one (1009 for a frame that is too long).
    errorHandler: error => log.debug({ reason: error.message }, 'socket failed'),
    // The plugin's own hook closes every socket without a code; draining has closed them with one before this runs.
    preClose: done => done(),
  })

  server.get(WEBSOCKET_PATH, { websocket: true }, (socket, request) => {
    const { guest } = request.query as { guest?: unknown }
    const refusal = refusalOf(socket, guest, config, stage === 'refusing')
    if (refusal !== null) {
      metrics.closes.inc({ code: CLOSE_CODES[refusal].code })
      return socket.close(CLOSE_CODES[refusal].code, CLOSE_CODES[refusal].why)
    }
    const connection = new Connection({
      ...config,
      socket,
      user: guest as string,
      rooms,
      presence,
      roomLog,
      commands,
      metrics,
      log,
    })
    connections.add(connection)
    socket.on('close', () => connections.delete(connection))
  })
  server.get('/healthz', () => ({ alive: true }))
  server.get('/readyz', (_request, reply) => reply.code(isReady() ? 200 : 503).send({ ready: isReady() }))
  addHistoryRoute(server, { roomLog, guestsAllowed: config.guestsAllowed })

  return {
    server,
    metrics,
    isReady,
    drain: async abort => {
      const isComplete = await drain(
        {
          connections,
          noticeMs: config.drainNoticeMs,
          spreadMs: config.drainSpreadMs,
          msMax: config.drainMsMax,
          onNotice: () => {
            stage = 'noticed'
            metrics.draining.set(1)
          },
          onRefuse: () => {
            stage = 'refusing'
          },
          log,
        },
        abort,
      )
      await presence.close()
      await rooms.close()
      commands.close()
      subscriber.close()
      await server.close()
      return isComplete
    },
  }
}

/** Browsers cannot see why an upgrade was refused, so the socket is opened and then closed with the reason. */
function refusalOf(socket: WebSocket, guest: unknown, config: Config, isRefusing: boolean): CloseName | null {
  if (isRefusing) return 'restart'
  if (socket.protocol !== SUBPROTOCOL) return 'badProtocol'
  if (!config.guestsAllowed) return 'badToken'
  if (typeof guest !== 'string' || !USER_PATTERN.test(guest)) return 'badName'
  return null
}
