import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from './tcp-proxy.ts'

let server: Server
let proxy: TcpProxy
const sockets: Socket[] = []

/** Echoes everything. */
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  proxy = await TcpProxy.listen({
    port: 0,
    targetHost: '127.0.0.1',
    targetPort: (server.address() as { port: number }).port,
  })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await proxy[Symbol.asyncDispose]()
  await new Promise(resolve => server.close(resolve))
})

class Peer {
  readonly socket: Socket
  received = ''
  error: string | null = null
  hasEnded = false

  constructor() {
    this.socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true })
    sockets.push(this.socket)
    this.socket.on('data', chunk => {
      this.received += String(chunk)
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    this.socket.on('close', () => {
      this.hasEnded = true
    })
  }

  async until(condition: () => boolean, msMax = 2000): Promise<void> {
    const deadlineMs = performance.now() + msMax
    while (!condition()) {
      if (performance.now() > deadlineMs)
        throw new Error(`not within ${msMax} ms; received ${this.received.length} characters`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }

  async echoMs(text: string): Promise<number> {
    const startedAtMs = performance.now()
    const expected = this.received + text
    this.socket.write(text)
    await this.until(() => this.received === expected)
    return performance.now() - startedAtMs
  }
}

function quiet(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

describe('TCP proxy', () => {
  it('passes everything on, in both directions, and the end of each', async () => {
    const peer = new Peer()
    const text = 'abcdefghij'.repeat(300_000)
    peer.socket.end(text)
    await peer.until(() => peer.hasEnded, 10_000)
    expect(peer.received).toBe(text)
    await peer.until(() => proxy.connectionCount === 0)
  })

  it('adds latency in each direction apart, and takes it off again', async () => {
    const peer = new Peer()
    expect(await peer.echoMs('a')).toBeLessThan(60)
    proxy.set({ toTarget: { latencyMs: 60 } })
    expect(await peer.echoMs('b')).toBeGreaterThanOrEqual(59)
    proxy.set({ fromTarget: { latencyMs: 90 } })
    expect(await peer.echoMs('c')).toBeGreaterThanOrEqual(149)
    proxy.heal()
    expect(await peer.echoMs('d')).toBeLessThan(60)
  })

  it.each(['toTarget', 'fromTarget'] as const)('is a black hole %s and loses nothing when it ends', async direction => {
    const peer = new Peer()
    await peer.echoMs('before ')
    proxy.set({ [direction]: { isBlackHole: true } })
    peer.socket.write('meanwhile')
    await quiet(100)
    expect(peer.received).toBe('before ')
    const late = new Peer()
    late.socket.write('new connection')
    await quiet(100)
    expect(late.received).toBe('')
    proxy.heal()
    await peer.until(() => peer.received === 'before meanwhile')
    await late.until(() => late.received === 'new connection')
  })

  it('freezes what is open, and lets new connections through', async () => {
    const peer = new Peer()
    await peer.echoMs('a')
    proxy.freeze()
    peer.socket.write('b')
    await new Peer().echoMs('c')
    await quiet(100)
    expect(peer.received).toBe('a')
  })

  it('keeps the order where latency gets shorter', async () => {
    const peer = new Peer()
    await peer.echoMs('')
    proxy.set({ toTarget: { latencyMs: 100 } })
    peer.socket.write('first ')
    await quiet(20)
    proxy.set({ toTarget: { latencyMs: 1 } })
    peer.socket.write('second')
    await peer.until(() => peer.received === 'first second')
  })

  it('resets open connections, and refuses new ones until healed where asked to', async () => {
    const peer = new Peer()
    await peer.echoMs('a')
    proxy.reset({ refuse: true })
    await peer.until(() => peer.hasEnded)
    expect(peer.error).toBe('ECONNRESET')
    const refused = new Peer()
    await refused.until(() => refused.hasEnded)
    proxy.heal()
    await new Peer().echoMs('b')
  })

  it('does not read without bound for a target that does not', async () => {
    proxy.set({ toTarget: { isBlackHole: true } })
    const peer = new Peer()
    await peer.until(() => proxy.connectionCount === 1)
    for (let count = 0; count < 100; count++) peer.socket.write(Buffer.alloc(1024 * 1024))
    await quiet(200)
    expect(peer.socket.writableLength).toBeGreaterThan(80 * 1024 * 1024)
  })
})
