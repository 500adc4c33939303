/** Test support: what stands behind a proxy and in front of it. */

import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** Waits until it is so. Throws where it is not within `msMax`. */
export async function until(condition: () => boolean, msMax = 5_000): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${msMax} ms: ${condition}`)
    await pause(2)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** A client's socket, and what came. */
export class Peer implements Disposable {
  readonly socket: Socket
  received = ''
  error: string | null = null
  /** The other side has said that it sends no more. */
  hasEnd = false
  isClosed = false

  constructor(port: number, host = '127.0.0.1') {
    this.socket = dial({ host, port, noDelay: true, allowHalfOpen: true })
    this.socket.on('data', chunk => {
      this.received += String(chunk)
    })
    this.socket.on('end', () => {
      this.hasEnd = true
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }

  async echoMs(text: string): Promise<number> {
    const startedAtMs = performance.now()
    const expected = this.received + text
    this.socket.write(text)
    await until(() => this.received === expected)
    return performance.now() - startedAtMs
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** A server on a free port of 127.0.0.1 that hands each connection to the test. */
export class Target implements AsyncDisposable {
  readonly sockets: Socket[] = []
  readonly #server: Server

  private constructor(onSocket: (socket: Socket) => void) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      this.sockets.push(socket)
      socket.on('error', () => {})
      onSocket(socket)
    })
  }

  static async listen(onSocket: (socket: Socket) => void): Promise<Target> {
    const target = new Target(onSocket)
    await new Promise<void>(resolve => target.#server.listen(0, '127.0.0.1', resolve))
    return target
  }

  static echo(): Promise<Target> {
    return Target.listen(socket => socket.pipe(socket))
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

/** Uniform in [0, 1), the same for the same seed: mulberry32 by Tommy Ettinger (public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
