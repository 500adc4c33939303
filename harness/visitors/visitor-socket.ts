/** One visitor's WebSocket, as rude as it has to be. The only file of the visitors that knows the socket library. */

import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { ErrorFrame, ServiceFrame, WelcomeFrame } from '../../service/protocol.ts'
import { CLOSE_CODES, SUBPROTOCOL, WEBSOCKET_PATH } from '../../service/protocol.ts'
import type { VisitedAddress } from './visitors.ts'

/** A goodbye that is not answered is no goodbye: the socket is cut then. */
const CLOSE_MS_MAX = 3_000

export interface Handshake extends VisitedAddress {
  /** With its question mark. */
  readonly query: string
  readonly subprotocols: readonly string[]
}

/** How somebody fares at the door. Whoever is refused is let in first and then closed with a code, see docs/protocol.md. */
export type Arrival =
  | { readonly is: 'in'; readonly socket: VisitorSocket; readonly welcome: WelcomeFrame }
  | { readonly is: 'refused'; readonly code: number }
  | { readonly is: 'failed'; readonly why: string }

export function handshakeOf({ host, port }: VisitedAddress, guest: string): Handshake {
  return { host, port, query: `?guest=${guest}`, subprotocols: [SUBPROTOCOL] }
}

export class VisitorSocket {
  /** Resolves with the close code when the socket is gone, whoever ended it. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  readonly #listeners = new Set<(frame: ServiceFrame) => void>()
  #transport: Socket | null = null
  #closeCode: number | null = null

  private constructor({ host, port, query, subprotocols }: Handshake, msMax: number) {
    this.#socket = new WebSocket(`ws://${host}:${port}${WEBSOCKET_PATH}${query}`, [...subprotocols], {
      handshakeTimeout: Math.ceil(msMax),
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#socket.on('upgrade', response => {
      this.#transport = response.socket
    })
    this.#socket.on('message', data => {
      const frame = JSON.parse(String(data)) as ServiceFrame
      for (const listener of [...this.#listeners]) listener(frame)
    })
    this.closed = new Promise(resolve => {
      this.#socket.on('close', code => {
        this.#closeCode = code
        resolve(code)
      })
    })
  }

  /** Never rejects. */
  static async open(handshake: Handshake, msMax: number): Promise<Arrival> {
    const socket = new VisitorSocket(handshake, msMax)
    const failed = new Promise<string>(resolve => socket.#socket.on('error', error => resolve(error.message)))
    const welcome = socket.next(frame => frame.type === 'welcome', msMax)
    const code = await Promise.race([welcome.then(() => null), socket.closed])
    const greeting = await welcome
    if (greeting !== null) return { is: 'in', socket, welcome: greeting as WelcomeFrame }
    socket.cut()
    if (code === null) return { is: 'failed', why: `no welcome within ${msMax} ms` }
    if (code !== CLOSE_CODES.abnormal.code) return { is: 'refused', code }
    return { is: 'failed', why: socket.#transport === null ? await failed : 'cut off before the welcome' }
  }

  get isClosed(): boolean {
    return this.#closeCode !== null
  }

  send(data: object | string | Buffer): void {
    const isRaw = typeof data === 'string' || Buffer.isBuffer(data)
    this.#socket.send(isRaw ? data : JSON.stringify(data), () => {})
  }

  /** Sends these bytes as a text frame, whatever they are. */
  sendAsText(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: false }, () => {})
  }

  /** Writes past the WebSocket. */
  writeRaw(bytes: Buffer): void {
    this.#transport!.write(bytes)
  }

  hear(listener: (frame: ServiceFrame) => void): void {
    this.#listeners.add(listener)
  }

  /** The next frame of which this holds; null where the socket ends or the time is over before. */
  next(isIt: (frame: ServiceFrame) => boolean, msMax: number): Promise<ServiceFrame | null> {
    return new Promise(resolve => {
      const settle = (frame: ServiceFrame | null) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        resolve(frame)
      }
      const look = (frame: ServiceFrame) => {
        if (isIt(frame)) settle(frame)
      }
      const timer = setTimeout(() => settle(null), msMax)
      this.#listeners.add(look)
      void this.closed.then(() => settle(null))
    })
  }

  /** Whether the join was answered in time. */
  async join(room: string, msMax: number): Promise<boolean> {
    const answer = this.next(({ type, ...rest }) => type === 'joined' && 'room' in rest && rest.room === room, msMax)
    this.send({ type: 'join', room })
    return (await answer) !== null
  }

  /** Code of the first `error` from now on, and null where none comes before a close or the end of the time. */
  async nextError(msMax: number): Promise<string | null> {
    const frame = await this.next(({ type }) => type === 'error', msMax)
    return frame === null ? null : (frame as ErrorFrame).code
  }

  /** The close code; null where the socket is still open after that time. */
  closedWithin(msMax: number): Promise<number | null> {
    return within(this.closed, msMax)
  }

  /** Says goodbye, and resolves with the close code when the socket is gone: 1000 where the goodbye was answered. */
  async close(): Promise<number> {
    this.#socket.close(CLOSE_CODES.normal.code)
    if ((await this.closedWithin(CLOSE_MS_MAX)) === null) this.cut()
    return this.closed
  }

  /** Ends with RST, as a machine does whose process was killed. */
  async reset(): Promise<void> {
    this.#transport?.resetAndDestroy()
    await this.closed
  }

  cut(): void {
    this.#socket.terminate()
  }
}

/** Null where it takes longer. */
async function within<Value>(promise: Promise<Value>, msMax: number): Promise<Value | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), msMax)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
