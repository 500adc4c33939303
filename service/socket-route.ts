/** The WebSocket endpoint: lets a socket in as a connection, or closes it with the reason. */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Connections } from './connections.ts'
import type { Door } from './door.ts'
import { HttpRefusal } from './http-errors.ts'
import type { Identity } from './identity.ts'
import { CLOSE_CODES, type CloseName, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, WEBSOCKET_PATH } from './protocol.ts'

/** How long a socket that is refused may take to answer the close. */
const REFUSED_MS_MAX = 1000

export interface SocketRouteOptions {
  readonly door: Door
  readonly connections: Connections
  readonly isRefusing: () => boolean
  /** What every connection gets. */
  readonly common: ConnectionOptions['common']
}

/** Which of the offered subprotocols the handshake answers. Without any, a browser fails the upgrade and never sees the code of the close. */
export function chooseSubprotocol(offered: ReadonlySet<string>): string {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL
  const names = [...offered]
  return names.find(name => !name.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) ?? names[0]!
}

export function addSocketRoute(server: FastifyInstance, options: SocketRouteOptions): void {
  const { connections, common } = options
  // The plugin takes an upgrade at any path, and says nothing at this one to a request that is none.
  server.addHook('onRequest', async request => {
    if (request.ws !== (request.routeOptions.url === WEBSOCKET_PATH)) throw new HttpRefusal('not-found')
  })
  server.get(WEBSOCKET_PATH, { websocket: true, schema: { hide: true } }, (socket, request) => {
    const admitted = admit(socket, request, options)
    if (typeof admitted === 'string') return refuse(socket, admitted)
    const transport = request.raw.socket
    releaseRequest(socket, transport)
    const connection = new Connection({ common, socket, transport, identity: admitted })
    connections.add(connection)
    common.metrics.connectionsOpened.inc()
    socket.on('close', () => connections.delete(connection))
  })

  /** Browsers cannot see why an upgrade was refused, so the socket is opened and then closed with the reason. */
  function refuse(socket: WebSocket, name: CloseName): void {
    const { code, why } = CLOSE_CODES[name]
    common.metrics.closes[code].inc()
    socket.on('error', () => {})
    socket.close(code, why)
    setTimeout(() => socket.terminate(), REFUSED_MS_MAX).unref()
  }
}

/**
 * Lets go of the request that the socket came by, which would live as long: 4 KB a socket. Two hold it: the listener for errors of the plugin,
 * in whose place the connection puts its own, and the response that Node has assigned to the socket.
 */
function releaseRequest(socket: WebSocket, transport: Socket & { _httpMessage?: ServerResponse | null }): void {
  socket.removeAllListeners('error')
  transport._httpMessage?.detachSocket(transport)
}

function admit(
  socket: WebSocket,
  request: FastifyRequest,
  { door, connections, isRefusing, common }: SocketRouteOptions,
): Identity | CloseName {
  if (isRefusing()) return 'restart'
  if (!door.admitsOrigin(request.headers.origin, request.host)) return 'forbidden'
  if (socket.protocol !== SUBPROTOCOL) return 'badProtocol'
  const { guest } = request.query as { guest?: unknown }
  const entry = door.admit({ token: tokenOf(request), guest })
  if ('refusal' in entry) {
    common.log.debug({ reason: entry.message, address: request.ip }, 'refused at the door')
    return entry.refusal
  }
  return connections.hasPlaceFor(entry.user) ? entry : 'tooMany'
}

/** Null where none was offered. */
function tokenOf(request: FastifyRequest): string | null {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim()) ?? []
  const found = offered.find(name => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  return found?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? null
}
