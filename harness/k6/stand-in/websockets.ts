/**
 * Stands in for `k6/websockets`, over the package `ws`. As in k6: no code in the `close` event of a connection that broke, `send` on a socket that is not open
 * throws, an attempt cannot be called off. Not there: binary messages, `onopen` and the like, cookies, compression, k6's own metrics.
 */

import { WebSocket as Socket } from 'ws'
import { userOfModule } from './virtual-user.ts'

type EventName = 'open' | 'message' | 'close' | 'error'
type Listener = (event: Readonly<Record<string, unknown>>) => void

interface Params {
  readonly headers?: Readonly<Record<string, string>>
}

const user = userOfModule(import.meta.url)
/** RFC 6455, 7.1.5 and 7.4.1: none came, and the connection broke. */
const CODES_OF_NONE = [1005, 1006]
const PROTOCOL_HEADER = 'sec-websocket-protocol'

export class WebSocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly url: string
  readonly #socket: Socket
  readonly #listeners: { readonly event: EventName; readonly listener: Listener }[] = []
  #readyState = WebSocket.CONNECTING as number

  constructor(url: string, protocols: null, params: Params = {}) {
    if (user.isInInit) throw new Error('k6 connects in an iteration, not in the init context')
    if (protocols !== null) throw new Error('the types of k6 keep the second parameter for later: use the header')
    this.url = url
    const headers = Object.entries(params.headers ?? {})
    const isProtocol = ([name]: [string, string]) => name.toLowerCase() === PROTOCOL_HEADER
    const offered = headers
      .find(isProtocol)?.[1]
      .split(',')
      .map(part => part.trim())
    const others = Object.fromEntries(headers.filter(header => !isProtocol(header)))
    const socket = new Socket(url, offered ?? [], { headers: others, perMessageDeflate: false })
    this.#socket = socket
    const release = user.hold(() => socket.terminate())
    socket.on('open', () => {
      this.#readyState = WebSocket.OPEN
      this.#tell('open', {})
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('the stand-in has no binary messages')
      if (this.#readyState === WebSocket.OPEN) this.#tell('message', { data: String(data) })
    })
    socket.on('error', error => this.#tell('error', { error: error.message }))
    socket.on('close', (code, reason) => {
      this.#readyState = WebSocket.CLOSED
      this.#tell('close', CODES_OF_NONE.includes(code) ? {} : { code, reason: String(reason) })
      release()
    })
  }

  get readyState(): number {
    return this.#readyState
  }

  addEventListener(event: EventName, listener: Listener): void {
    this.#listeners.push({ event, listener })
  }

  send(data: string): void {
    if (this.#readyState !== WebSocket.OPEN) throw new Error('InvalidStateError')
    this.#socket.send(data)
  }

  close(code = 1000, reason = ''): void {
    if (this.#readyState >= WebSocket.CLOSING) return
    if (code !== 1000 && (code < 3000 || code > 4999)) throw new Error(`InvalidAccessError: ${code} may not be sent`)
    // There its event loop would stand still for good.
    if (this.#readyState === WebSocket.CONNECTING) throw new Error('k6 cannot call an attempt off')
    this.#readyState = WebSocket.CLOSING
    this.#socket.close(code, reason)
  }

  #tell(name: EventName, more: Readonly<Record<string, unknown>>): void {
    const told = { type: name, timestamp: Date.now(), ...more }
    for (const { event, listener } of this.#listeners) if (event === name) user.call(() => listener(told))
  }
}
