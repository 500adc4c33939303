/** Test support: histories for properties. What fails shrinks to fewer damages, messages, clients and faults. */

import fc from 'fast-check'
import type { Damage } from './damage.ts'
import { DAMAGES } from './damages.ts'
import { Dice } from './dice.ts'
import { simulate } from './honest-service.ts'
import { EVENTFUL } from './mood.ts'
import { planOf, type Shape } from './shape.ts'
import type { TestHistory } from './test-history.ts'

export interface PlannedDamage {
  readonly name: string
  readonly seed: number
}

export interface Sketch {
  readonly shape: Shape
  readonly damages: readonly PlannedDamage[]
}

const seed = fc.noShrink(fc.nat(0x7fffffff))

export const arbitraryShape: fc.Arbitrary<Shape> = fc.record({
  seed,
  instances: fc.integer({ min: 2, max: 3 }),
  rooms: fc.integer({ min: 1, max: 3 }),
  clients: fc.integer({ min: 2, max: 6 }),
  messages: fc.nat(25),
  faults: fc.nat(2),
  workers: fc.integer({ min: 1, max: 2 }),
})

/** Any, or any of those that raise one measure, so that a measure with a single damage is not hidden behind those with many. */
const damageName = fc.oneof(
  { weight: 6, arbitrary: anyOf(DAMAGES) },
  ...[...Map.groupBy(DAMAGES, ({ raises }) => raises).values()].map(group => ({ weight: 1, arbitrary: anyOf(group) })),
)

export const arbitrarySketch: fc.Arbitrary<Sketch> = fc.record({
  shape: arbitraryShape,
  damages: fc.array(fc.record({ name: damageName, seed }), { maxLength: 3 }),
})

function anyOf(damages: readonly Damage[]): fc.Arbitrary<string> {
  return fc.constantFrom(...damages.map(({ name }) => name))
}

export function honestHistory(shape: Shape): TestHistory {
  return simulate({ plan: planOf(shape), seed: shape.seed, workers: shape.workers, mood: EVENTFUL })
}

/** A damage that finds nothing to break leaves the history as it is. */
export function historyOf({ shape, damages }: Sketch): TestHistory {
  return damages.reduce((history, planned) => {
    const damage = DAMAGES.find(({ name }) => name === planned.name)!
    return damage.apply(history, new Dice(planned.seed, planned.name)) ?? history
  }, honestHistory(shape))
}
