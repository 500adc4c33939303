/** Composes the service: Redis links, rooms, WebSocket and HTTP routes. `main.ts` listens. */

import websocket from '@fastify/websocket'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { pino } from 'pino'
import type { Config } from './config.ts'
import { Connections } from './connections.ts'
import { Door } from './door.ts'
import { drain } from './drain.ts'
import { answerForeignPages } from './foreign-pages.ts'
import { addHealthRoutes } from './health-routes.ts'
import { addHistoryRoute } from './history-route.ts'
import { HttpCallers } from './http-caller.ts'
import { answerErrors, answerFrameworkError } from './http-errors.ts'
import { loadScripts } from './loaded-script.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { describeRoutes } from './openapi.ts'
import { PRESENCE_SCRIPTS, Presence } from './presence.ts'
import { addPublishRoute } from './publish-route.ts'
import { FailureLog } from './redis-failure.ts'
import { RedisLink } from './redis-link.ts'
import { RoomDirectory } from './room-directory.ts'
import { LOG_SCRIPTS, RoomLog } from './room-log.ts'
import { addSocketRoute, chooseSubprotocol } from './socket-route.ts'
import { takeTokens } from './tokens.ts'

/** TCP connections beyond those of admitted sockets: refused ones until they are gone, and plain requests. */
const SPARE_SOCKETS = 1000
/** Between two looks for requests that take too long. */
const REQUEST_CHECK_MS = 500
/** After a drain: giving up the lease, unsubscribing and closing the listener may take this long. */
const RELEASE_MS_MAX = 3000

export interface App {
  readonly server: FastifyInstance
  readonly metrics: Metrics
  readonly isReady: () => boolean
  /** Ends in order, see `drain.ts`. Resolves with true where nothing had to be cut. */
  drain(abort: AbortSignal): Promise<boolean>
}

export async function createApp(config: Config): Promise<App> {
  const log = pino({ level: config.logLevel, base: { instance: config.instance } })
  const connections = new Connections(config)
  const metrics = createMetrics(config.instance, {
    connections: () => connections.all.size,
    connectionsMax: config.connectionsMax,
    participants: () => connections.userCount,
    roomsBySize: () => rooms.roomsBySize(),
    leases: () => presence.leases,
    leasesLost: () => presence.leasesLost,
    link: role => (role === 'commands' ? commands : subscriber),
    isReady: () => isReady(),
    drainDeadlineMs: () => drainDeadlineMs,
  })
  const linkOptions = {
    url: config.redisUrl,
    commandMsMax: config.redisCommandMsMax,
    pingMs: config.redisPingMs,
    log,
    failureLog: new FailureLog(log),
  }
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
    metrics,
  })
  const rooms = new RoomDirectory({ ...config, subscriber, roomLog, metrics, log })
  const presence = new Presence({
    link: commands,
    instance,
    heartbeatMs: config.heartbeatMs,
    commandMsMax: config.redisCommandMsMax,
    log,
  })
  for (const link of [commands, subscriber]) link.on('failed', outcome => metrics.redisFailures[outcome].inc())
  // What needs both connections may have failed for want of this one.
  commands.on('usable', () => void rooms.settle())
  // What was published while the channels were away is told again.
  subscriber.on('usable', () => presence.tellAgain())
  let stage: 'serving' | 'noticed' | 'refusing' = 'serving'
  let drainDeadlineMs: number | null = null
  const isReady = () => stage === 'serving' && commands.isUsable && rooms.isSettled

  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    forceCloseConnections: 'idle',
    bodyLimit: limits.frameBytesMax,
    frameworkErrors: answerFrameworkError,
    requestTimeout: config.handshakeMsMax,
    http: { headersTimeout: config.handshakeMsMax, connectionsCheckingInterval: REQUEST_CHECK_MS },
  })
  server.server.maxConnections = config.connectionsMax + SPARE_SOCKETS
  await server.register(websocket, {
    options: { maxPayload: limits.frameBytesMax, perMessageDeflate: false, handleProtocols: chooseSubprotocol },
    errorHandler: error => log.debug({ reason: error.message }, 'socket failed'),
    // The plugin's own hook closes every socket without a code; draining has closed them with one before this runs.
    preClose: done => done(),
  })
  const { guestsAllowed, origins, tokenKey } = config
  if (!guestsAllowed && tokenKey === null) {
    log.warn('nobody can come in: set JWT_SECRET or JWT_PUBLIC_KEY, or GUESTS=allow where this is not production')
  }
  const door = new Door({ guestsAllowed, origins, verify: await takeTokens(server, tokenKey) })

  const isRefusing = () => stage === 'refusing'
  const frameRate = { perSecond: config.framesPerSecond, burst: config.framesBurst }

  answerErrors(server, code => metrics.httpRefusals[code].inc())
  answerForeignPages(server, door)
  // The body of a request is JSON or nothing.
  server.removeContentTypeParser('text/plain')
  await describeRoutes(server)
  addSocketRoute(server, {
    ...{ door, connections, isRefusing },
    common: { ...config, ...{ rooms, presence, roomLog, commands, metrics, log, frameRate } },
  })
  addHealthRoutes(server, isReady)
  const callers = new HttpCallers(door, frameRate)
  addHistoryRoute(server, { callers, roomLog })
  addPublishRoute(server, {
    ...{ ...config, callers, roomLog, commands, metrics, isRefusing },
    textBytesMax: limits.textBytesMax,
    knownPosition: room => rooms.positionOf(room),
  })

  return {
    server,
    metrics,
    isReady,
    drain: async abort => {
      const isComplete = await drain(
        {
          connections: connections.all,
          noticeMs: config.drainNoticeMs,
          spreadMs: config.drainSpreadMs,
          msMax: config.drainMsMax,
          onNotice: () => {
            stage = 'noticed'
            drainDeadlineMs = Date.now() + config.drainMsMax
          },
          onRefuse: () => {
            stage = 'refusing'
          },
          log,
        },
        abort,
      )
      const release = async () => {
        connections.close()
        await presence.close()
        await rooms.close()
        commands.close()
        subscriber.close()
        await server.close()
      }
      await Promise.race([release(), new Promise(resolve => setTimeout(resolve, RELEASE_MS_MAX).unref())])
      return isComplete
    },
  }
}
