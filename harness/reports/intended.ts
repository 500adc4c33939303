/** How many of the plan's messages are due, which is not how many were sent. Pure. */

import type { PlannedMessages } from '../plan/plan.ts'

export class Intended {
  readonly #begun: { readonly atMs: readonly number[]; readonly zeroAtMs: number }[] = []

  /** These are sent from now on. `zeroAtMs` is the monotonic time that their own times count from. */
  begin({ atMs }: Pick<PlannedMessages, 'atMs'>, zeroAtMs: number): void {
    this.#begun.push({ atMs, zeroAtMs })
  }

  /** Of all that was begun, what was intended up to this monotonic time. */
  upTo(nowMs: number): number {
    return this.#begun.reduce((sum, { atMs, zeroAtMs }) => sum + countUpTo(atMs, nowMs - zeroAtMs), 0)
  }
}

/** `atMs` is in order. */
function countUpTo(atMs: readonly number[], untilMs: number): number {
  let low = 0
  let high = atMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (atMs[middle]! <= untilMs) low = middle + 1
    else high = middle
  }
  return low
}
