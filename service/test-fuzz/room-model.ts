/**
 * Test support: what a room's log has to hold after what was sent into it, as docs/protocol.md says it. One attacker alone writes into the
 * room, and one message after the other, so nothing is left to chance.
 */

import { NO_EPOCH } from '../log-scripts.ts'
import type { MessageFrame, Position, RejectFrame } from '../protocol.ts'

export interface Said {
  readonly user: string
  readonly sender: string
  readonly generation: number
  readonly n: number
  readonly text: string
}

export type Outcome =
  | { readonly is: 'accepted'; readonly seq: number }
  | (Required<Pick<RejectFrame, 'last'>> & { readonly is: 'out-of-order' })
  | (Required<Pick<RejectFrame, 'generation'>> & { readonly is: 'stale-session' })

export type Logged = Pick<MessageFrame, 'id' | 'from' | 'text'>

interface Sender {
  readonly generation: number
  readonly seqOfN: Map<number, number>
  last: number
}

export class RoomModel {
  readonly name: string
  /** Null until an answer has told it. */
  epoch: string | null = null
  readonly entries: Logged[] = []
  /** Up to here the service has told somebody of it. */
  toldSeq = 0
  /** Answers that the service remembers for each session. */
  readonly #memory: number
  readonly #senders = new Map<string, Sender>()
  readonly #keys = new Map<string, { readonly text: string; readonly seq: number }>()

  constructor(name: string, memory: number) {
    this.name = name
    this.#memory = memory
  }

  get top(): number {
    return this.entries.length
  }

  /** The sender's newest generation and number. */
  sessionOf(user: string, sender: string): { generation: number; last: number } {
    return this.#senders.get(`${user}/${sender}`) ?? { generation: 1, last: 0 }
  }

  say({ user, sender, generation, n, text }: Said): Outcome {
    const key = `${user}/${sender}`
    const known = this.#senders.get(key)
    if (known !== undefined && generation < known.generation)
      return { is: 'stale-session', generation: known.generation }
    const session =
      known?.generation === generation ? known : { generation, seqOfN: new Map<number, number>(), last: 0 }
    if (n <= session.last && n > session.last - this.#memory) return { is: 'accepted', seq: session.seqOfN.get(n)! }
    if (n !== session.last + 1) return { is: 'out-of-order', last: session.last }
    const seq = this.entries.push({ id: `${sender}.${generation}/${n}`, from: user, text })
    session.seqOfN.set(n, seq)
    session.last = n
    this.#senders.set(key, session)
    return { is: 'accepted', seq }
  }

  /** Over HTTP. The id is not foretold. */
  publish(user: string, key: string, text: string): { is: 'created' | 'repeated'; seq: number } | { is: 'key-reused' } {
    const known = this.#keys.get(`${user}/${key}`)
    if (known !== undefined) return known.text === text ? { is: 'repeated', seq: known.seq } : { is: 'key-reused' }
    const seq = this.entries.push({ id: '', from: user, text })
    this.#keys.set(`${user}/${key}`, { text, seq })
    return { is: 'created', seq }
  }

  setId(seq: number, id: string): void {
    this.entries[seq - 1] = { ...this.entries[seq - 1]!, id }
  }

  /** `beginning` is told of a room that nobody has used. Throws where an answer names another epoch than those before: nothing here makes Redis lose anything. */
  learn(epoch: unknown): void {
    if (epoch === NO_EPOCH && this.epoch === null && this.entries.length === 0) return
    if (typeof epoch !== 'string' || epoch === '' || (this.epoch !== null && epoch !== this.epoch))
      throw new Error(`room ${this.name} is in epoch ${this.epoch}, and then in ${String(epoch)}`)
    this.epoch = epoch
  }

  /** Where the stream goes on for somebody who asks for what is after `asked`, while the room's top is `top`. */
  resume(asked: Position, top: number): { readonly from: number; readonly isComplete: boolean } {
    if (asked.epoch === NO_EPOCH && asked.seq === 0) return { from: 0, isComplete: true }
    if (asked.epoch !== this.epoch) return { from: 0, isComplete: false }
    return asked.seq <= top ? { from: asked.seq, isComplete: true } : { from: top, isComplete: false }
  }

  /** Throws where the message is not the one of its place. */
  check(frame: Partial<MessageFrame>): void {
    const { seq, epoch, room, id, from, text, sentAt } = frame
    this.learn(epoch)
    const expected = this.entries[(seq ?? 0) - 1]
    const found = JSON.stringify({ room, id, from, text })
    if (expected === undefined || found !== JSON.stringify({ room: this.name, ...pick(expected) }))
      throw new Error(
        `message ${seq} of ${this.name} is ${found.slice(0, 300)}; expected ${JSON.stringify(expected).slice(0, 300)}`,
      )
    if (!Number.isSafeInteger(sentAt)) throw new Error(`message ${seq} of ${this.name} was sent at ${sentAt}`)
  }

  /** Throws where the log holds anything else. `frames` are the log's own, oldest first. */
  checkLog(frames: readonly string[]): void {
    if (frames.length !== this.top)
      throw new Error(`the log of ${this.name} has ${frames.length} messages; ${this.top} were accepted`)
    frames.forEach((frame, index) => {
      const message = JSON.parse(frame) as MessageFrame
      if (message.seq !== index + 1) throw new Error(`seq ${message.seq} stands at place ${index + 1} of ${this.name}`)
      this.check(message)
    })
  }
}

function pick({ id, from, text }: Logged): Logged {
  return { id, from, text }
}
