/** Late deliveries of one worker: how many there were of which second, on which instance, and the first few as examples. */

import type { LateExample } from '../ledger/ledger.ts'
import type { LedgerLine } from '../ledger/ledger-records.ts'

/** Of each worker. As many as a finding shows. */
export const LATE_EXAMPLES_MAX = 20

interface OpenSlice {
  readonly slice: number
  readonly instance: number
  count: number
}

export class LateTally {
  readonly #write: (line: LedgerLine) => void
  readonly #slices = new Map<string, OpenSlice>()
  #examples = 0

  constructor(write: (line: LedgerLine) => void) {
    this.#write = write
  }

  /** `slice`: second of the intended time of the send. `instance`: where the receiver is connected. */
  add(example: LateExample, slice: number, instance: number): void {
    const key = `${slice} ${instance}`
    const open = this.#slices.get(key)
    if (open === undefined) this.#slices.set(key, { slice, instance, count: 1 })
    else open.count++
    if (this.#examples++ >= LATE_EXAMPLES_MAX) return
    const { client, room, position, number, atMs } = example
    this.#write(['late', client, room, position.epoch, position.seq, number, atMs])
  }

  flush(): void {
    for (const { slice, instance, count } of this.#slices.values()) this.#write(['late-slice', slice, instance, count])
    this.#slices.clear()
  }
}
