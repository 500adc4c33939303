/** What a run through proxies adds of its own: a proxy is measured against no proxy, with no fault on it. */

import { once } from 'node:events'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { type LinkFault, TcpProxy } from './tcp-proxy.ts'

const HOST = '127.0.0.1'
/** About the size of a chat message's frame. */
const PROBE_BYTES = 128
/** The first round trips meet code that is not compiled yet. */
const WARM_UP_ROUND_TRIPS = 50

export interface RoundTrips {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface AddedLatency {
  readonly roundTrips: number
  readonly direct: RoundTrips
  readonly proxied: RoundTrips
  /** Of a round trip, so it is in both directions together. */
  readonly addedP50Ms: number
}

/**
 * Makes small round trips to an echo server on loopback, directly and through a proxy in turn, so that both meet the same moments of a
 * busy machine. All in this process, as a run has its proxies. `fault` is put on the proxy: it shows that the measuring works.
 */
export async function measureAddedLatency(options: {
  readonly roundTrips: number
  readonly fault?: LinkFault
}): Promise<AddedLatency> {
  await using things = new AsyncDisposableStack()
  const echo = await startEcho(things)
  const proxy = things.use(await TcpProxy.listen({ port: 0, targetHost: HOST, targetPort: echo }))
  if (options.fault !== undefined) proxy.inject(options.fault)
  const direct = await Probe.open(echo, things)
  const proxied = await Probe.open(proxy.port, things)
  for (let round = 0; round < WARM_UP_ROUND_TRIPS + options.roundTrips; round++) {
    const isWarm = round >= WARM_UP_ROUND_TRIPS
    for (const probe of [direct, proxied]) await probe.roundTrip(isWarm)
  }
  const addedP50Ms = proxied.summary().p50Ms - direct.summary().p50Ms
  return { roundTrips: options.roundTrips, direct: direct.summary(), proxied: proxied.summary(), addedP50Ms }
}

async function startEcho(things: AsyncDisposableStack): Promise<number> {
  const server: Server = createServer({ noDelay: true }, socket => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  things.defer(() => new Promise<void>(resolve => server.close(() => resolve())))
  return (server.address() as { port: number }).port
}

class Probe {
  readonly #socket: Socket
  readonly #tripsMs: number[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async open(port: number, things: AsyncDisposableStack): Promise<Probe> {
    const socket = dial({ host: HOST, port, noDelay: true })
    things.defer(() => void socket.destroy())
    await once(socket, 'connect')
    return new Probe(socket)
  }

  async roundTrip(isCounted: boolean): Promise<void> {
    const startedAtMs = performance.now()
    this.#socket.write(Buffer.alloc(PROBE_BYTES))
    let bytes = 0
    while (bytes < PROBE_BYTES) bytes += ((await once(this.#socket, 'data')) as [Buffer])[0].length
    if (isCounted) this.#tripsMs.push(performance.now() - startedAtMs)
  }

  summary(): RoundTrips {
    const sorted = this.#tripsMs.toSorted((a, b) => a - b)
    return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
  }
}

/** The smallest value that at least this part of the values does not exceed. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
