/** What a search has found: `capacity.json`, its table for people, and its exit code. Pure. */

import { alignColumns } from '../reports/columns.ts'
import { highestHeld, lowestBroken, type TriedRate } from './search.ts'
import type { Step } from './step.ts'

export const CAPACITY_SCHEMA = 1

export interface Capacity {
  readonly schema: typeof CAPACITY_SCHEMA
  readonly scenario: string
  /** Of the plan at every rate. */
  readonly seed: number
  readonly driver: string | null
  readonly from: number
  readonly to: number
  readonly precision: number
  readonly stepSeconds: number
  /** Messages per second; null where no rate held. */
  readonly highestHeld: number | null
  /** At that rate. */
  readonly achievedShare: number | null
  /**
   * What was found just above it. `service`: a budget broke. `generator`: the load could not be made. `range`: nothing, the highest rate that
   * was to be tried held. `not-judged`: a run that is invalid for another reason. `interrupted`: the search did not come to its end.
   */
  readonly limitedBy: 'service' | 'generator' | 'range' | 'not-judged' | 'interrupted'
  /** In the order in which they were run. */
  readonly steps: readonly Step[]
}

export type CapacityFacts = Pick<Capacity, 'scenario' | 'seed' | 'driver' | 'from' | 'to' | 'precision' | 'stepSeconds'>

export function triedRates(steps: readonly Step[]): TriedRate[] {
  return steps.map(({ rate, outcome }) => ({ rate, held: outcome === 'held' }))
}

/** @param isInterrupted the search did not come to its end */
export function capacityOf(facts: CapacityFacts, steps: readonly Step[], isInterrupted: boolean): Capacity {
  const tried = triedRates(steps)
  const held = highestHeld(tried)
  const atHeld = steps.find(({ rate }) => rate === held)
  return {
    schema: CAPACITY_SCHEMA,
    ...facts,
    highestHeld: held,
    achievedShare: atHeld?.measured?.achievedShare ?? null,
    limitedBy: isInterrupted ? 'interrupted' : limitOf(limitingStep(steps)),
    steps,
  }
}

/** The lowest rate that did not hold; null where all did. */
function limitingStep(steps: readonly Step[]): Step | null {
  const broken = lowestBroken(triedRates(steps))
  return steps.find(({ rate }) => rate === broken) ?? null
}

function limitOf(step: Step | null): Capacity['limitedBy'] {
  if (step === null) return 'range'
  if (step.outcome === 'broke') return 'service'
  return step.outcome === 'generator' ? 'generator' : 'not-judged'
}

/** 0 found, 1 nothing held, 3 something else than the service was the limit. */
export function exitCodeOf({ highestHeld: held, limitedBy }: Capacity): number {
  if (limitedBy === 'generator' || limitedBy === 'not-judged' || limitedBy === 'interrupted') return 3
  return held === null ? 1 : 0
}

/** Lines for people. */
export function describeCapacity(capacity: Capacity): string[] {
  return [...table(capacity.steps), '', ...conclusion(capacity)]
}

export function describeStep({ rate, outcome, because }: Step): string {
  const why = because.length === 0 ? '' : `: ${because.join('; ')}`
  return `${perSecond(rate)}  ${OUTCOME_WORDS[outcome]}${why}`
}

const OUTCOME_WORDS: Readonly<Record<Step['outcome'], string>> = {
  held: 'held',
  broke: 'BROKE',
  generator: 'generator too slow',
  'not-judged': 'invalid',
}

function table(steps: readonly Step[]): string[] {
  const head = ['offered', 'achieved', '', 'deliveries', 'across P50', 'P99', 'ack P99', 'lag P99', '']
  const rows = steps
    .toSorted((one, other) => one.rate - other.rate)
    .map(({ rate, outcome, measured }) => {
      const word = OUTCOME_WORDS[outcome]
      if (measured === null) return [perSecond(rate), ...new Array<string>(7).fill('–'), word]
      const { achieved, achievedShare, deliveriesPerSecond, latencyMs } = measured
      const { crossInstance, ack, sendLag } = latencyMs
      return [
        perSecond(rate),
        perSecond(achieved),
        percent(achievedShare),
        perSecond(deliveriesPerSecond),
        ...[crossInstance.p50, crossInstance.p99, ack.p99, sendLag.p99].map(milliseconds),
        word,
      ]
    })
  const right = new Array<'right'>(head.length - 1).fill('right')
  return alignColumns([head, ...rows], [...right, 'left'])
}

function conclusion({ highestHeld: held, achievedShare, limitedBy, steps, to }: Capacity): string[] {
  const next = limitingStep(steps)
  const share = achievedShare === null ? '' : `, achieved/offered ${percent(achievedShare)}`
  const found = held === null ? 'no rate held' : `highest rate that held: ${perSecond(held)}${share}`
  return [found, ...whatIsAbove(limitedBy, next, to)]
}

function whatIsAbove(limitedBy: Capacity['limitedBy'], next: Step | null, to: number): string[] {
  const above = next === null ? [] : [`at ${describeStep(next)}`]
  switch (limitedBy) {
    case 'range':
      return [`nothing broke up to ${perSecond(to)}, the highest rate that was to be tried`]
    case 'generator':
      return [
        ...above,
        'the limit was the generator, not the service, which may bear more: more cores, or another machine',
      ]
    case 'interrupted':
      return [...above, 'interrupted: the search did not come to its end']
    default:
      return above
  }
}

function perSecond(rate: number): string {
  return `${Number(rate.toPrecision(4)).toLocaleString('en')}/s`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${Number(value.toPrecision(3)).toLocaleString('en')} ms`
}
