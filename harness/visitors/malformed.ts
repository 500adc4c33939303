/** Somebody who breaks the rules of the wire in every way that `malformed-inputs.ts` knows, over and over. */

import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../plan/random.ts'
import { MALFORMED_INPUTS, type MalformedInput } from './malformed-inputs.ts'
import type { RunningParty } from './visitor-messages.ts'
import type { MalformedBegun, MalformedEnded, MalformedOrder } from './visitors.ts'

/** At once; an instance that answers nobody would otherwise be asked by ever more. */
const OPEN_MAX = 500
/** The first round goes through all kinds, and is not to last for minutes where the rate is low. */
const FIRST_ROUND_PER_SECOND_MIN = 10
/** Wrong answers that are told; more would say the same. */
const WRONG_TOLD_MAX = 10

export class Malformed implements RunningParty<'malformed'> {
  readonly #party: number
  readonly #order: MalformedOrder
  readonly #inputs: readonly MalformedInput[]
  readonly #random: Random
  readonly #open = new Set<Promise<void>>()
  readonly #ending = new AbortController()
  readonly #kindsAnswered = new Set<string>()
  readonly #areAllAnswered = Promise.withResolvers<void>()
  readonly #wrong: string[] = []
  readonly #counts = { inputs: 0, answered: 0, failed: 0 }
  #firstFailure: string | null = null
  #sending: Promise<void> = Promise.resolve()

  /** `inputs`: the kinds, all but in tests. */
  constructor(party: number, order: MalformedOrder, inputs: readonly MalformedInput[] = MALFORMED_INPUTS) {
    this.#party = party
    this.#order = order
    this.#inputs = inputs
    this.#random = createRandom(order.seed, `malformed ${party}`)
  }

  async begin(): Promise<MalformedBegun> {
    this.#sending = this.#sendOn()
    const timer = setTimeout(() => this.#areAllAnswered.resolve(), this.#order.msMax)
    await this.#areAllAnswered.promise
    clearTimeout(timer)
    return {
      kinds: this.#inputs.length,
      kindsAnswered: this.#kindsAnswered.size,
      wrong: [...this.#wrong],
      firstFailure: this.#firstFailure,
    }
  }

  async end(): Promise<MalformedEnded> {
    this.#ending.abort()
    await this.#sending
    await Promise.all(this.#open)
    return { ...this.#counts, wrong: this.#wrong }
  }

  /** Kinds that have not been answered yet go first, in turn; then any. Open loop. */
  async #sendOn(): Promise<void> {
    let turn = 0
    let dueAtMs = performance.now()
    while (!this.#ending.signal.aborted) {
      const missing = this.#inputs.filter(({ name }) => !this.#kindsAnswered.has(name))
      const isFirstRound = missing.length > 0
      const input = isFirstRound
        ? missing[turn++ % missing.length]!
        : this.#inputs[this.#random.int(this.#inputs.length)]!
      if (this.#open.size < OPEN_MAX) this.#send(input)
      const perSecond = Math.max(this.#order.inputsPerSecond, isFirstRound ? FIRST_ROUND_PER_SECOND_MIN : 0)
      dueAtMs += 1000 / perSecond
      const waitMs = Math.max(0, dueAtMs - performance.now())
      await sleep(waitMs, undefined, { signal: this.#ending.signal }).catch(() => {})
    }
  }

  #send(input: MalformedInput): void {
    const guest = `visitor-${this.#party}-${this.#counts.inputs++}`
    const sent = input
      .send(this.#order, guest)
      .then(answer => this.#note(input, answer))
      .finally(() => this.#open.delete(sent))
    this.#open.add(sent)
  }

  #note({ name, due }: MalformedInput, answer: string | null): void {
    if (answer === null) {
      this.#counts.failed++
      this.#firstFailure ??= `${name} got no answer`
      return
    }
    this.#counts.answered++
    // One that is answered wrongly is not asked for ever, or the others would never have their turn.
    this.#kindsAnswered.add(name)
    if (answer !== due && this.#wrong.length < WRONG_TOLD_MAX)
      this.#wrong.push(`${name}: due is ${due}, came ${answer}`)
    if (this.#kindsAnswered.size === this.#inputs.length) this.#areAllAnswered.resolve()
  }
}
