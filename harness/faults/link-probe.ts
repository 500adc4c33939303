/** A connection of the harness through a link of an instance, to see what the link does to a question and its answer. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const CONNECT_MS_MAX = 1_000

export interface Question {
  readonly text: string
  /** Whether this is the whole answer. */
  readonly isWhole: (answer: string) => boolean
}

export type Answer =
  /** `bytes`: in both directions together. */
  | { readonly is: 'answered'; readonly tookMs: number; readonly bytes: number }
  | { readonly is: 'silent' }
  /** The connection has ended. */
  | { readonly is: 'reset' }

export class LinkProbe implements Disposable {
  readonly #socket: Socket
  readonly #closed: Promise<Answer>
  #received = ''
  #onData = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#closed = new Promise(resolve => socket.once('close', () => resolve({ is: 'reset' })))
    socket.on('error', () => {})
    socket.on('data', chunk => {
      this.#received += chunk.toString('latin1')
      this.#onData()
    })
  }

  /** Null where nobody listens. */
  static async open({ host, port }: { readonly host: string; readonly port: number }): Promise<LinkProbe | null> {
    const probe = new LinkProbe(connect({ host, port, noDelay: true }))
    try {
      await once(probe.#socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS_MAX) })
      return probe
    } catch {
      probe[Symbol.dispose]()
      return null
    }
  }

  /** One at a time. */
  async ask({ text, isWhole }: Question, msMax: number): Promise<Answer> {
    const startedAtMs = performance.now()
    const bytesBefore = this.#bytes
    this.#received = ''
    const answered = new Promise<Answer>(resolve => {
      this.#onData = () => {
        if (!isWhole(this.#received)) return
        resolve({ is: 'answered', tookMs: performance.now() - startedAtMs, bytes: this.#bytes - bytesBefore })
      }
    })
    const late = Promise.withResolvers<Answer>()
    const timer = setTimeout(() => late.resolve({ is: 'silent' }), msMax)
    this.#socket.write(text)
    try {
      return await Promise.race([answered, this.#closed, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  get #bytes(): number {
    return this.#socket.bytesWritten + this.#socket.bytesRead
  }
}

/** To Redis. Any answer will do, also that of a server that wants a password first. `paddingBytes` come back. */
export function redisPing(paddingBytes = 0): Question {
  const padding = 'x'.repeat(paddingBytes)
  return {
    text: paddingBytes === 0 ? 'PING\r\n' : `*2\r\n$4\r\nPING\r\n$${paddingBytes}\r\n${padding}\r\n`,
    isWhole: reply => {
      const bulk = /^\$(\d+)\r\n/.exec(reply)
      if (bulk !== null) return reply.length >= bulk[0].length + Number(bulk[1]) + 2
      return /^[+-].*\r\n$/.test(reply)
    },
  }
}

/** To an instance: a GET of /healthz, which it answers from memory and keeps the connection for the next one. */
export function httpGetOfHealth(paddingBytes = 0): Question {
  const padding = paddingBytes === 0 ? '' : `x-padding: ${'x'.repeat(paddingBytes)}\r\n`
  return {
    text: `GET /healthz HTTP/1.1\r\nhost: localhost\r\n${padding}\r\n`,
    isWhole: answer => {
      const end = answer.indexOf('\r\n\r\n')
      const length = /^content-length: (\d+)\r$/im.exec(answer)
      return end >= 0 && length !== null && answer.length >= end + 4 + Number(length[1])
    },
  }
}
