/**
 * Tabs that are opened, stay a moment in a room or two, and are closed: half of them as the protocol has it, a third by a RST, the others
 * without a `leave`. In the end somebody looks at the rooms' counters, which must not tell of those who have gone.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../plan/random.ts'
import { findGhosts } from './ghosts.ts'
import type { Presence } from './presence.ts'
import type { RunningParty } from './visitor-messages.ts'
import { handshakeOf, VisitorSocket } from './visitor-socket.ts'
import type { ChurnBegun, ChurnEnded, ChurnOrder, VisitedRoom } from './visitors.ts'

/** Of the opening, and of the answer to a join: what is longer was no visit. */
const ANSWER_MS_MAX = 5_000
const STAY_MS_MIN = 200
const STAY_MS_MAX = 3_000
const LEAVING_SHARE = 1 / 2
const RESET_SHARE = 1 / 3
/** At once; an instance that answers nobody would otherwise be asked by ever more. */
const TABS_MAX = 5_000
/** So many joins have to be answered before the churn counts as one. */
const JOINS_ANSWERED_MIN = 3

type Goodbye = 'left' | 'reset' | 'closed'

/** Drawn before it is opened, so that the service's answers change no draw. */
interface Tab {
  readonly name: string
  readonly rooms: readonly VisitedRoom[]
  readonly stayMs: number
  readonly goodbye: Goodbye
}

export class Churn implements RunningParty<'churn'> {
  readonly #party: number
  readonly #order: ChurnOrder
  readonly #presence: Presence
  readonly #random: Random
  readonly #open = new Set<Promise<void>>()
  readonly #ending = new AbortController()
  readonly #counts = { opened: 0, joinsAnswered: 0, left: 0, reset: 0, closed: 0, failed: 0 }
  readonly #hasEffect = Promise.withResolvers<void>()
  #firstFailure: string | null = null
  #churning: Promise<void> = Promise.resolve()

  constructor(party: number, order: ChurnOrder, presence: Presence) {
    this.#party = party
    this.#order = order
    this.#presence = presence
    this.#random = createRandom(order.seed, `churn ${party}`)
  }

  async begin(): Promise<ChurnBegun> {
    this.#churning = this.#churn()
    const timer = setTimeout(() => this.#hasEffect.resolve(), this.#order.msMax)
    await this.#hasEffect.promise
    clearTimeout(timer)
    return { joinsAnswered: this.#counts.joinsAnswered, firstFailure: this.#firstFailure }
  }

  async end(): Promise<ChurnEnded> {
    this.#ending.abort()
    await this.#churning
    await Promise.all(this.#open)
    const { rooms, counters } = this.#order
    const name = `visitor-${this.#party}-counter`
    const ghosts = await findGhosts({ rooms, addresses: counters, name, presence: this.#presence })
    return { ...this.#counts, ghosts }
  }

  /** Open loop: a tab that takes long keeps no other from being opened. */
  async #churn(): Promise<void> {
    const startedAtMs = performance.now()
    for (let number = 0; !this.#ending.signal.aborted; number++) {
      const tab = this.#draw(number)
      if (this.#open.size < TABS_MAX) this.#visit(tab)
      const waitMs = startedAtMs + ((number + 1) * 1000) / this.#order.opensPerSecond - performance.now()
      await this.#sleep(Math.max(0, waitMs))
    }
  }

  #draw(number: number): Tab {
    const random = this.#random
    const all = this.#order.rooms
    const first = random.int(all.length)
    const isInTwo = all.length > 1 && random.uniform() < 0.5
    const second = (first + 1 + random.int(Math.max(1, all.length - 1))) % all.length
    const rooms = (isInTwo ? [first, second] : [first]).map(index => all[index]!)
    const stayMs = STAY_MS_MIN + random.uniform() * (STAY_MS_MAX - STAY_MS_MIN)
    const draw = random.uniform()
    const goodbye = draw < LEAVING_SHARE ? 'left' : draw < LEAVING_SHARE + RESET_SHARE ? 'reset' : 'closed'
    return { name: `visitor-${this.#party}-${number}`, rooms, stayMs, goodbye }
  }

  #visit(tab: Tab): void {
    const visit = this.#stay(tab).finally(() => this.#open.delete(visit))
    this.#open.add(visit)
  }

  async #stay({ name, rooms, stayMs, goodbye }: Tab): Promise<void> {
    this.#counts.opened++
    const arrival = await VisitorSocket.open(handshakeOf(this.#order, name), ANSWER_MS_MAX)
    if (arrival.is !== 'in') return this.#fail(arrival.is === 'failed' ? arrival.why : `closed with ${arrival.code}`)
    const { socket } = arrival
    for (const room of rooms) this.#presence.entered(room.name)
    try {
      const joins = await Promise.all(rooms.map(room => socket.join(room.name, ANSWER_MS_MAX)))
      for (const isAnswered of joins) this.#note(isAnswered)
      // To the end of its stay also where the churn is over: that is when a third of them would be cut anyway.
      if ((await socket.closedWithin(stayMs)) !== null) return this.#fail('closed by the service')
      await this.#goodbye(socket, rooms, goodbye)
      this.#counts[goodbye]++
    } finally {
      socket.cut()
      await socket.closed
      for (const room of rooms) this.#presence.left(room.name)
    }
  }

  async #goodbye(socket: VisitorSocket, rooms: readonly VisitedRoom[], how: Goodbye): Promise<void> {
    if (how === 'reset') return socket.reset()
    if (how === 'left') for (const room of rooms) socket.send({ type: 'leave', room: room.name })
    await socket.close()
  }

  #note(isAnswered: boolean): void {
    if (isAnswered) this.#counts.joinsAnswered++
    else this.#firstFailure ??= `a join was not answered within ${ANSWER_MS_MAX / 1000} s`
    if (this.#counts.joinsAnswered >= JOINS_ANSWERED_MIN) this.#hasEffect.resolve()
  }

  #fail(why: string): void {
    this.#counts.failed++
    this.#firstFailure ??= why
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => {})
  }
}
