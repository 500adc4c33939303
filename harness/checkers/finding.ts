/**
 * What a checker finds: a count, and the first few cases with everything that helps to find out why.
 */

import type { Position } from '../ledger/ledger.ts'
import type { Phase } from '../scenario/measures.ts'

/** Enough to see a pattern; a run that loses thousands must not write thousands. */
export const EXAMPLES_MAX = 20

export interface Finding {
  readonly count: number
  readonly breakdown: Breakdown
  /** The first {@link EXAMPLES_MAX} at most. */
  readonly examples: readonly Example[]
}

/**
 * How many cases there are by each circumstance that is known of them; those of which it is not known, or to which it does not apply, are left
 * out. With `fault`, those outside of every fault's window stand under {@link NO_FAULT}.
 */
export type Breakdown = Readonly<Record<Circumstance, Readonly<Record<string, number>>>>

export const CIRCUMSTANCES = ['moment', 'fault', 'instance', 'part'] as const
export type Circumstance = (typeof CIRCUMSTANCES)[number]
export const NO_FAULT = 'none'

/** When the message was meant to be sent; where no message is known, when the case was seen. */
export type Moment = Phase | 'warm-up' | 'settling' | 'roll-call'

/**
 * Where something is missing in a client's stream: before its first delivery, after its last, between them, or there were none at all.
 */
export type StreamPart = 'prefix' | 'middle' | 'end' | 'whole'

/** One case. Names, not indexes, so that it can be read as it is; null where it does not apply or is not known. */
export interface Example {
  /** What is wrong, in words. */
  readonly what: string
  /** The receiver. */
  readonly client: string | null
  readonly room: string | null
  /** Number of the message in the plan. */
  readonly message: number | null
  readonly position: Position | null
  readonly sender: string | null
  readonly moment: Moment | null
  /** The faults in whose windows the message was meant to be sent, as "kill-instance chat-2", with " + " between several. */
  readonly fault: string | null
  /** Where the receiver was connected at that time, or "disconnected". */
  readonly instance: string | null
  /** Number of the receiver's connection at that time, from 0. */
  readonly connection: number | null
  readonly part: StreamPart | null
}

/** Counts cases by their circumstances and keeps the first few. */
export class FindingCollector {
  #count = 0
  readonly #examples: Example[] = []
  readonly #breakdown: Record<Circumstance, Record<string, number>> = { moment: {}, fault: {}, instance: {}, part: {} }

  /** So many cases like this one. */
  add(example: Example, count = 1): void {
    if (count <= 0) return
    this.addExample(example)
    this.addUnseen(example, count)
  }

  /** Of a case that is counted apart. */
  addExample(example: Example): void {
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push(example)
  }

  /** Cases of which nothing more is known, so that they are no examples. */
  addUnseen(known: Pick<Example, Circumstance>, count: number): void {
    this.#count += count
    for (const circumstance of CIRCUMSTANCES) {
      // Without a time nobody knows whether there was a fault.
      const name = known[circumstance] ?? (circumstance === 'fault' && known.moment !== null ? NO_FAULT : null)
      if (name === null) continue
      const counts = this.#breakdown[circumstance]
      counts[name] = (counts[name] ?? 0) + count
    }
  }

  finding(): Finding {
    return { count: this.#count, breakdown: this.#breakdown, examples: this.#examples }
  }
}
