/**
 * What a checker finds: a count, and the first few cases with everything that helps to find out why.
 */

import type { Position } from '../ledger/ledger.ts'
import type { Phase } from '../scenario/measures.ts'

/** Enough to see a pattern; a run that loses thousands must not write thousands. */
export const EXAMPLES_MAX = 20

export interface Finding {
  readonly count: number
  /** The first {@link EXAMPLES_MAX} at most. */
  readonly examples: readonly Example[]
}

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
  /** The fault in whose window the message was meant to be sent, as "kill-instance chat-2". */
  readonly fault: string | null
  /** Where the receiver was connected at that time, or "disconnected". */
  readonly instance: string | null
  /** Number of the receiver's connection at that time, from 0. */
  readonly connection: number | null
  readonly part: StreamPart | null
}

/** Counts cases and keeps the first few. The example is only made when there is room for it. */
export class FindingCollector {
  #count = 0
  readonly #examples: Example[] = []

  add(example: () => Example, count = 1): void {
    if (count <= 0) return
    this.#count += count
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push(example())
  }

  finding(): Finding {
    return { count: this.#count, examples: this.#examples }
  }
}
