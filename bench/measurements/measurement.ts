/** What every measurement is: one round of it at a time, so that rounds alternate and a run that was cut short goes on where it was. */

import type { Need } from '../rig/needs.ts'
import type { MeasurementName, Sample } from '../sample.ts'

/** `quick` measures the same less often and for less long. */
export type Form = 'full' | 'quick'

export interface Round {
  readonly form: Form
  /** From 1. */
  readonly round: number
  /** For logs; emptied by whoever opens a rig in it. */
  readonly folder: string
  readonly abort: AbortSignal
  readonly say: (line: string) => void
}

export interface Measurement {
  readonly name: MeasurementName
  /** One sentence, for the list and the report. */
  readonly about: string
  needs(form: Form): readonly Need[]
  measure(round: Round): Promise<Sample[]>
}

/** The items in an order that begins one further with each round, so that nobody always runs after the same neighbour. */
export function rotated<Item>(items: readonly Item[], round: number): Item[] {
  const first = (round - 1) % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
