/** Test support: the wire as it is. Sends what it is told and keeps every frame and the close; no reconnecting, no de-duplication. */

import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import {
  type AckFrame,
  type JoinedFrame,
  type JoinFrame,
  type MessageFrame,
  type SenderSession,
  type SendFrame,
  type ServiceFrame,
  SUBPROTOCOL,
} from './protocol.ts'
import { AWAIT_MS_MAX, type TestInstance } from './test-cluster.ts'

type FrameOf<Type extends ServiceFrame['type']> = Extract<ServiceFrame, { type: Type }>
export type Answer = FrameOf<'ack'> | FrameOf<'reject'> | FrameOf<'unconfirmed'>

export interface Close {
  readonly code: number
  readonly reason: string
  readonly atMs: number
}

export interface TestClientOptions {
  readonly user?: string
  /** Query of the URL, instead of the user's. */
  readonly query?: string
  readonly subprotocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** False: WebSocket pings stay unanswered. */
  readonly autoPong?: boolean
}

export class TestClient {
  readonly socket: WebSocket
  readonly frames: ServiceFrame[] = []
  readonly closed: Promise<Close>
  isClosed = false
  readonly #waiting = new Set<() => void>()

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', data => {
      this.frames.push(JSON.parse(String(data)))
      for (const look of [...this.#waiting]) look()
    })
    this.closed = new Promise(resolve =>
      socket.on('close', (code, reason) => {
        this.isClosed = true
        resolve({ code, reason: String(reason), atMs: performance.now() })
        for (const look of [...this.#waiting]) look()
      }),
    )
    socket.on('error', () => {})
  }

  /** Resolves when the socket is open, before any frame. Rejects where the upgrade is refused. */
  static async open(instance: TestInstance, options: TestClientOptions = {}): Promise<TestClient> {
    const { user = 'ann', query = `?guest=${user}`, subprotocols = [SUBPROTOCOL], headers, autoPong = true } = options
    const socket = new WebSocket(instance.webSocketUrl + query, [...subprotocols], { headers, autoPong })
    const client = new TestClient(socket)
    await new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** Opened, and in the room. */
  static async joined(instance: TestInstance, room: string, user = 'ann'): Promise<TestClient> {
    const client = await TestClient.open(instance, { user })
    await client.join({ room })
    return client
  }

  send(frame: object | string | Buffer): void {
    this.socket.send(typeof frame === 'object' && !Buffer.isBuffer(frame) ? JSON.stringify(frame) : frame)
  }

  /** The first frame of the type for which the condition holds, among those that came and those to come. */
  frame<Type extends ServiceFrame['type']>(
    type: Type,
    condition: (frame: FrameOf<Type>) => boolean = () => true,
  ): Promise<FrameOf<Type>> {
    const find = () => this.frames.find(frame => frame.type === type && condition(frame as FrameOf<Type>))
    return this.#wait(`a frame "${type}"`, () => find() as FrameOf<Type> | undefined)
  }

  async join(fields: Omit<JoinFrame, 'type'>): Promise<JoinedFrame> {
    const since = this.frames.length
    this.send({ type: 'join', ...fields })
    const answer = () =>
      this.frames.slice(since).find(frame => 'room' in frame && frame.room === fields.room && frame.type === 'joined')
    return this.#wait(`the answer to the join of ${fields.room}`, () => answer() as JoinedFrame | undefined)
  }

  /** Sends, and resolves with the answer to this send. */
  say(fields: Omit<SendFrame, 'type'>): Promise<Answer> {
    const since = this.frames.length
    this.send({ type: 'send', ...fields })
    const answer = () =>
      this.frames
        .slice(since)
        .find(
          frame =>
            (frame.type === 'ack' || frame.type === 'reject' || frame.type === 'unconfirmed') &&
            frame.room === fields.room &&
            frame.session === fields.session &&
            frame.n === fields.n,
        )
    return this.#wait(`the answer to send ${fields.session}/${fields.n}`, () => answer() as Answer | undefined)
  }

  /** Sends n = from … to, each after the ack of the one before. Throws at any other answer. */
  async sayAll(room: string, session: SenderSession, from: number, to: number): Promise<AckFrame[]> {
    const acks: AckFrame[] = []
    for (let n = from; n <= to; n++) {
      const answer = await this.say({ room, session, n, text: `${session}/${n}` })
      if (answer.type !== 'ack') throw new Error(`no ack: ${JSON.stringify(answer)}`)
      acks.push(answer)
    }
    return acks
  }

  /** The same for several that are written at once, so that the instance reads them at once. */
  sayTogether(sends: readonly Omit<SendFrame, 'type'>[]): Promise<Answer[]> {
    const { _socket: transport } = this.socket as unknown as { _socket: Socket }
    transport.cork()
    const answers = sends.map(send => this.say(send))
    transport.uncork()
    return Promise.all(answers)
  }

  /** The messages of a room so far, in the order in which they came. */
  messages(room: string): MessageFrame[] {
    return this.frames.filter(frame => frame.type === 'message' && frame.room === room) as MessageFrame[]
  }

  texts(room: string): string[] {
    return this.messages(room).map(({ text }) => text)
  }

  untilMessages(room: string, count: number): Promise<MessageFrame[]> {
    return this.#wait(`${count} messages of ${room}`, () => {
      const messages = this.messages(room)
      return messages.length >= count ? messages : undefined
    })
  }

  async close(): Promise<void> {
    this.socket.terminate()
    await this.closed
  }

  #wait<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        settle()
      }
      const failure = (why: string) =>
        new Error(`waited for ${what}, ${why}. The last frames: ${JSON.stringify(this.frames.slice(-5))}`)
      const look = () => {
        const found = find()
        if (found !== undefined) finish(() => resolve(found))
        else if (this.isClosed) finish(() => reject(failure('and the socket was closed')))
      }
      const timer = setTimeout(() => finish(() => reject(failure(`${AWAIT_MS_MAX} ms in vain`))), AWAIT_MS_MAX)
      this.#waiting.add(look)
      look()
    })
  }
}
