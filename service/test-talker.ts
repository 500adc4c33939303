/**
 * Test support: talks in one room without end and never gives up, by the rules of docs/protocol.md: in order, several unanswered at
 * once, and again from the first that is unanswered until it is acknowledged.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { AckFrame } from './protocol.ts'
import type { Answer, TestClient } from './test-client.ts'
import { AWAIT_MS_MAX } from './test-cluster.ts'

/** Before something is sent again. */
const RETRY_MS = 100

export interface TestTalkerOptions {
  /** Where to send; may change from send to send. */
  readonly socket: () => TestClient
  readonly room: string
  /** Name of its sender sessions. */
  readonly sender: string
  /** Sends that it leaves unanswered at once. */
  readonly inFlight?: number
  /** Between an answer and the next send. */
  readonly paceMs?: number
  /** What it says; else the id of the message. */
  readonly text?: string
}

export interface Answered {
  readonly answer: Answer
  readonly afterMs: number
}

export class TestTalker {
  /** By id, in the order of sending. */
  readonly acks = new Map<string, AckFrame>()
  readonly answered: Answered[] = []
  readonly #options: TestTalkerOptions
  readonly #talking: Promise<void>
  #generation = 1
  #isOver = false

  constructor(options: TestTalkerOptions) {
    this.#options = options
    this.#talking = this.#talk()
    // Whoever waits for the end hears of it.
    this.#talking.catch(() => {})
  }

  /** Says nothing new, and resolves once everything is acknowledged. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#talking
  }

  async #talk(): Promise<void> {
    const { inFlight = 1, paceMs = 10 } = this.#options
    let [first, begun, ackedAtMs] = [1, 0, performance.now()]
    while (!this.#isOver || first <= begun) {
      const last = this.#isOver ? begun : first + inFlight - 1
      begun = Math.max(begun, last)
      const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
      const answers = await Promise.all(numbers.map(n => this.#say(n)))
      const failed = answers.findIndex(answer => answer?.type !== 'ack')
      if (failed !== 0) ackedAtMs = performance.now()
      if (performance.now() - ackedAtMs > 2 * AWAIT_MS_MAX) throw new Error(`${this.#session} has had no ack for long`)
      const answer = answers[failed]
      first = failed === -1 ? last + 1 : first + failed
      if (answer?.type === 'reject' && answer.code === 'out-of-order' && answer.last! < first - 1) {
        // The log has lost what was acknowledged; that cannot be mended by sending again.
        this.#generation++
        ;[first, begun] = [1, 0]
      }
      await pause(failed === -1 ? paceMs : RETRY_MS)
    }
  }

  /** Null where the socket ended without an answer. */
  async #say(n: number): Promise<Answer | null> {
    const { room, text } = this.#options
    const id = `${this.#session}/${n}`
    const startMs = performance.now()
    const socket = this.#options.socket()
    if (socket.isClosed) return null
    const answer = await socket.say({ room, session: this.#session, n, text: text ?? id }).catch(error => {
      if (socket.isClosed) return null
      throw error
    })
    if (answer === null) return null
    this.answered.push({ answer, afterMs: performance.now() - startMs })
    if (answer.type === 'reject' && answer.code !== 'unavailable' && answer.code !== 'out-of-order') {
      throw new Error(`${id} was rejected: ${JSON.stringify(answer)}`)
    }
    if (answer.type !== 'ack') return answer
    const known = this.acks.get(id) ?? answer
    if (known.epoch !== answer.epoch || known.seq !== answer.seq)
      throw new Error(`${id} was acknowledged at two places`)
    this.acks.set(id, answer)
    return answer
  }

  get #session(): string {
    return `${this.#options.sender}.${this.#generation}`
  }
}

/** Lets all of them finish, also where one has failed. */
export async function finishTalking(talkers: readonly TestTalker[]): Promise<void> {
  const ends = await Promise.allSettled(talkers.map(talker => talker.finish()))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
