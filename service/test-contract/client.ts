/**
 * Test support: somebody at the other end of a socket of a `ContractCluster`, who holds every frame against the contract at the
 * moment of its sending.
 */

import type { JoinFrame, Position, ServiceFrame } from '../protocol.ts'
import type { ContractCluster, ContractInstance, ContractSocket } from './cluster.ts'
import { type LogRecord, type RoomState, topOf } from './log-server.ts'
import { demand, place, StreamModel } from './model.ts'

export const ROOM = 'r'

/** Where a join begins. `back` counts from the newest position that the client has had. */
export type Beginning =
  | { readonly at: 'now' | 'beginning' | 'above' | 'elsewhere' }
  | { readonly at: 'history'; readonly count: number }
  | { readonly at: 'position'; readonly back: number }

/** The next number; one of before; one too high; the next generation's first, or one of the generation before. */
export type Saying = 'next' | 'again' | 'ahead' | 'new generation' | 'old generation'

interface Attempt {
  readonly session: string
  readonly n: number
  /** Differs from attempt to attempt, also of the same id. */
  readonly text: string
  readonly sinceMoment: number
  readonly socket: ContractSocket
  isAnswered: boolean
}

export class ContractClient {
  readonly name: string
  socket: ContractSocket | null = null
  #instance: ContractInstance | null = null
  stream: StreamModel | null = null
  readonly streams: StreamModel[] = []
  readonly answers = { ack: 0, repeatedAck: 0, reject: 0, unconfirmed: 0 }
  readonly #cluster: ContractCluster
  /** What it has had, the newest last. */
  readonly #positions: Position[] = []
  readonly #attempts: Attempt[] = []
  /** The place that each id was acked at last. */
  readonly #acked = new Map<string, LogRecord>()
  #generation = 1
  #n = 0

  constructor(name: string, cluster: ContractCluster) {
    this.name = name
    this.#cluster = cluster
  }

  get mayJoin(): boolean {
    return this.stream === null || this.stream.isEnded
  }

  /** Over the socket that is open, else over a new one. */
  join(instance: number, beginning: Beginning): void {
    const { instances, server } = this.#cluster
    const frame: JoinFrame = { type: 'join', room: ROOM, ...this.#asked(beginning) }
    const stream = new StreamModel(server, frame)
    if (this.socket === null) {
      this.#instance = instances[instance]!
      const socket = this.#instance.accept(this.name, text => {
        // Thrown here it would end up in the service.
        this.#cluster.judge(() => {
          if (this.socket !== null) demand(this.socket === socket, () => 'a frame to a socket that is gone')
          this.#hear(text)
        })
      })
      this.socket = socket
      socket.on('close', () => this.#lost(socket))
    }
    this.stream = stream
    this.streams.push(stream)
    this.socket.receive(frame)
  }

  leave(): void {
    const { stream } = this
    this.socket!.receive({ type: 'leave', room: ROOM })
    demand(stream!.isEnded, () => 'a leave was not answered')
  }

  hangUp(): void {
    this.socket!.terminate()
  }

  /** False where there is nothing of this kind to say. */
  say(saying: Saying): boolean {
    const [session, n] = this.#numbered(saying)
    const isOpen = (attempt: Attempt) => !attempt.isAnswered && attempt.socket === this.socket
    if (n < 1 || this.#attempts.some(attempt => isOpen(attempt) && attempt.session === session && attempt.n === n))
      return false
    const { server } = this.#cluster
    const text = `${this.name} ${this.#attempts.length + 1}`
    const sinceMoment = server.moments(ROOM).length - 1
    this.#attempts.push({ session, n, text, sinceMoment, socket: this.socket!, isAnswered: false })
    this.socket!.receive({ type: 'send', room: ROOM, session, n, text })
    return true
  }

  /** Nothing is on its way any more. Where its instance has lost nothing, it has everything. */
  demandUpToDate(): void {
    if (this.#instance?.isUpToDate && this.stream!.isJoined && !this.stream!.isEnded) this.stream!.demandCaughtUp()
  }

  /** All has been answered and heard, and what was lost has been found. */
  demandAtRest(): void {
    for (const attempt of this.#attempts) {
      if (attempt.socket !== this.socket) continue
      demand(attempt.isAnswered, () => `send ${attempt.session}/${attempt.n} was never answered`)
    }
    if (this.socket === null || this.stream === null || this.stream.isEnded) return
    demand(this.stream.isJoined, () => 'a join was never answered')
    this.stream.demandCaughtUp()
  }

  #asked(beginning: Beginning): Pick<JoinFrame, 'position' | 'history'> {
    const { epoch, seq } = topOf(this.#cluster.server.room(ROOM))
    switch (beginning.at) {
      case 'now':
        return {}
      case 'history':
        return { history: beginning.count }
      case 'beginning':
        return { position: { epoch: epoch || 'nowhere', seq: 0 } }
      case 'above':
        return { position: { epoch: epoch || 'nowhere', seq: seq + 2 } }
      case 'elsewhere':
        return { position: { epoch: 'nowhere', seq: 2 } }
      case 'position': {
        const position = this.#positions.at(-1 - beginning.back) ?? this.#positions[0]
        return position === undefined ? {} : { position }
      }
    }
  }

  #numbered(saying: Saying): [session: string, n: number] {
    const session = () => `${this.name}.${this.#generation}`
    switch (saying) {
      case 'next':
        this.#n++
        return [session(), this.#n]
      case 'again':
        return [session(), Math.max(1, this.#n - (this.#attempts.length % 3))]
      case 'ahead':
        return [session(), this.#n + 2]
      case 'new generation':
        this.#generation++
        this.#n = 1
        return [session(), 1]
      case 'old generation':
        return [`${this.name}.${Math.max(1, this.#generation - 1)}`, this.#n]
    }
  }

  #lost(socket: ContractSocket): void {
    if (socket !== this.socket) return
    this.socket = null
    this.stream?.end()
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as ServiceFrame
    const { stream } = this
    switch (frame.type) {
      case 'joined':
        stream!.joined(frame)
        break
      case 'message':
        stream!.message(frame, text)
        break
      case 'gap':
        stream!.gap(frame)
        break
      case 'left':
        return stream!.left(frame)
      case 'error':
        return stream!.refused(frame)
      case 'ack':
      case 'reject':
      case 'unconfirmed':
        return this.#answered(frame)
      default:
        return
    }
    this.#positions.push(stream!.position!)
  }

  #answered(frame: Extract<ServiceFrame, { type: 'ack' | 'reject' | 'unconfirmed' }>): void {
    const { session, n, type } = frame
    const isAsked = (attempt: Attempt) =>
      !attempt.isAnswered && attempt.session === session && attempt.n === n && attempt.socket === this.socket
    const attempt = this.#attempts.find(isAsked)
    demand(attempt !== undefined, () => `${type} of ${session}/${n}, which nobody waits for`)
    attempt!.isAnswered = true
    this.answers[type]++
    const { server } = this.#cluster
    const moments = server.moments(ROOM).slice(attempt!.sinceMoment)
    if (frame.type === 'reject') {
      const isIn = ({ records }: RoomState) => records.some(record => record.text === attempt!.text)
      demand(!moments.some(isIn), () => `send ${session}/${n} was rejected, and is in the log`)
    } else if (frame.type === 'ack') {
      const record = server.recordAt(ROOM, frame)
      const id = record && `${record.sender}.${record.generation}/${record.n}`
      demand(id === `${session}/${n}`, () => `ack of ${session}/${n} names ${place(frame)}, where ${id} is`)
      const isIn = ({ records }: RoomState) => records[frame.seq - 1] === record
      demand(moments.some(isIn), () => `ack of ${session}/${n} names ${place(frame)}, which the log had not then`)
      const before = this.#acked.get(`${session}/${n}`)
      if (before !== undefined) this.answers.repeatedAck++
      demand(
        before === undefined || before === record || !moments.every(room => room.records[before.seq - 1] === before),
        () => `${session}/${n} was acked at ${place(before!)} and then at ${place(frame)}`,
      )
      this.#acked.set(`${session}/${n}`, record!)
    }
  }
}

/** In a log each id stands once, the numbers of a session rise by one from 1, and generations never fall. */
export function demandSendersInOrder(
  records: readonly Pick<LogRecord, 'user' | 'sender' | 'generation' | 'n'>[],
): void {
  const last = new Map<string, { generation: number; n: number }>()
  for (const { user, sender, generation, n } of records) {
    const before = last.get(`${user}/${sender}`)
    const isNext = before?.generation === generation ? n === before.n + 1 : n === 1
    demand(
      isNext && generation >= (before?.generation ?? 0),
      () => `${sender}.${generation}/${n} stands after ${JSON.stringify(before)}`,
    )
    last.set(`${user}/${sender}`, { generation, n })
  }
}
