/**
 * Test support: a catalogue of faults that break an entry in a list and take it out again, and can go wrong in each way in which a fault
 * can.
 */

import { FAULT_NAMES, type FaultName } from '../scenario/fault-kinds.ts'
import type { FaultCatalogue } from './catalogue.ts'
import { type Evidence, type Fault, NotFired } from './fault.ts'
import type { TestClock } from './test-clock.ts'

export interface FakeFaultOptions {
  /** From the beginning of the injection until its effect is seen. Default 100. */
  readonly injectMs?: number
  /** Default 200. */
  readonly healMs?: number
  /** `not-fired`: nothing is broken. `half-way`: it is, and then the injection fails. `hangs`: it is, and nothing is seen. */
  readonly injecting?: 'fires' | 'not-fired' | 'half-way' | 'hangs'
  readonly healing?: 'heals' | 'fails' | 'hangs'
}

export class FakeFaults {
  readonly catalogue: FaultCatalogue
  /** What is broken now: targets of faults. */
  readonly broken: string[] = []
  /** The most that were broken at the same time. */
  brokenMax = 0

  /** The same for all kinds, and all targets that have none of their own. */
  constructor(
    clock: TestClock,
    options: FakeFaultOptions = {},
    byTarget: Readonly<Record<string, FakeFaultOptions>> = {},
  ) {
    const entries = FAULT_NAMES.map(kind => [kind, this.#fault(kind, clock, options, byTarget)])
    this.catalogue = Object.fromEntries(entries) as FaultCatalogue
  }

  #fault(
    kind: FaultName,
    { pause, now }: TestClock,
    options: FakeFaultOptions,
    byTarget: Readonly<Record<string, FakeFaultOptions>>,
  ): Fault {
    return {
      kind,
      undo: ({ target }) => `mend ${target}`,
      prepare: ({ target }) => {
        const { injectMs = 100, healMs = 200, injecting = 'fires', healing = 'heals' } = byTarget[target] ?? options
        return {
          inject: async (): Promise<Evidence> => {
            if (injecting !== 'not-fired') this.#break(target)
            if (injecting === 'hangs') await new Promise(() => {})
            await pause(injectMs)
            if (injecting === 'not-fired') throw new NotFired(`${target} was to break, and did not`)
            if (injecting === 'half-way') throw new Error('the tool broke')
            return { effectAtMs: now(), evidence: `${target} broke`, exit: null }
          },
          heal: async () => {
            if (healing === 'hangs') await new Promise(() => {})
            await pause(healMs)
            if (healing === 'fails') throw new Error('no glue')
            const at = this.broken.indexOf(target)
            if (at >= 0) this.broken.splice(at, 1)
          },
        }
      },
    }
  }

  #break(target: string): void {
    this.broken.push(target)
    this.brokenMax = Math.max(this.brokenMax, this.broken.length)
  }
}
