/** Test support: a TCP connection to an instance, for bytes that no client library would write. */

import { connect, type Socket } from 'node:net'
import { AWAIT_MS_MAX } from '../test-cluster.ts'

const EMPTY = Buffer.alloc(0)

export class RawSocket {
  readonly #socket: Socket
  /** What has come and was not taken. */
  received: Buffer = EMPTY
  /** Whether the other end has finished, or the connection is broken. */
  isEnded = false
  #look: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    const ended = () => {
      this.isEnded = true
      this.#look()
    }
    socket.on('data', chunk => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk])
      this.#look()
    })
    socket.on('end', ended)
    socket.on('close', ended)
    socket.on('error', ended)
  }

  /** `allowHalfOpen`: does not end the connection by itself when the other end does. */
  static async connect(port: number, { allowHalfOpen = false } = {}): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawSocket(socket)
  }

  write(bytes: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  /** In several pieces, each of which may arrive by itself. */
  writePieces(bytes: Buffer, cuts: readonly number[]): void {
    let start = 0
    for (const cut of [...cuts.toSorted((one, other) => one - other), bytes.length]) {
      if (cut > start) this.write(bytes.subarray(start, cut))
      start = Math.max(start, cut)
    }
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#socket.end()
  }

  /** Breaks the connection without a goodbye. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  take(count: number): Buffer {
    const taken = this.received.subarray(0, count)
    this.received = count === this.received.length ? EMPTY : this.received.subarray(count)
    return taken
  }

  /** Looks at each change until something is found; null where the other end finished before. Throws where it takes too long. */
  find<Found>(what: string, look: () => Found | null): Promise<Found | null> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#look = () => {}
        act()
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`waited ${AWAIT_MS_MAX} ms in vain for ${what}`))),
        AWAIT_MS_MAX,
      )
      this.#look = () => {
        try {
          const found = look()
          if (found !== null || this.isEnded) settle(() => resolve(found))
        } catch (error) {
          settle(() => reject(error))
        }
      }
      this.#look()
    })
  }

  /** Resolves when the other end has finished. */
  async untilEnded(): Promise<void> {
    await this.find('the end of the connection', () => null)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
