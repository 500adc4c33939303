/** From samples to what is said of each target, and to the exit code. Pure. */

import type { MeasurementName, Sample } from './sample.ts'
import { type Spread, spreadOf } from './statistics.ts'
import type { Target } from './targets.ts'

export interface Judged {
  readonly target: Target
  /** Over the rounds; null where no round has what the target compares. */
  readonly spread: Spread | null
  /** `too few rounds` where fewer rounds have it than are needed: that is never a pass. `aim only` has no limit to meet. */
  readonly outcome: 'met' | 'missed' | 'too few rounds' | 'aim only' | 'full form only'
  readonly isAimMet: boolean | null
}

export interface Judgement {
  readonly judged: readonly Judged[]
  /** 0 where every target that has a limit is met, else 1. */
  readonly exitCode: 0 | 1
}

export interface JudgeOptions {
  readonly targets: readonly Target[]
  readonly samples: readonly Sample[]
  readonly form: 'full' | 'quick'
  /** Rounds that a median needs. */
  readonly roundsMin: number
  /** Targets of other measurements are left out. */
  readonly measured: readonly MeasurementName[]
}

const FAILING: ReadonlySet<Judged['outcome']> = new Set(['missed', 'too few rounds'])

export function judge({ targets, samples, form, roundsMin, measured }: JudgeOptions): Judgement {
  const judged = targets
    .filter(({ measurement }) => measured.includes(measurement))
    .map(target => judgeTarget(target, samples, form, roundsMin))
  return { judged, exitCode: judged.some(({ outcome }) => FAILING.has(outcome)) ? 1 : 0 }
}

function judgeTarget(
  target: Target,
  samples: readonly Sample[],
  form: JudgeOptions['form'],
  roundsMin: number,
): Judged {
  const spread = spreadOf(comparedValues(target, samples))
  if (form === 'quick' && target.isFullOnly) return { target, spread, outcome: 'full form only', isAimMet: null }
  if (spread === null || spread.count < roundsMin) return { target, spread, outcome: 'too few rounds', isAimMet: null }
  const { limit, aim, better } = target
  const reaches = (bound: number) => (better === 'higher' ? spread.median >= bound : spread.median <= bound)
  const outcome = limit === null ? 'aim only' : reaches(limit) ? 'met' : 'missed'
  return { target, spread, outcome, isAimMet: aim === null ? null : reaches(aim) }
}

/** One number for each round: the value, or its ratio to the other's. A round that lacks either has none. */
function comparedValues(target: Target, samples: readonly Sample[]): number[] {
  const { against, subject } = target
  const own = valuesByRound(target, subject, samples)
  if (against === null) return [...own.values()]
  const other = valuesByRound(target, against, samples)
  return [...own].flatMap(([round, value]) => {
    const reference = other.get(round)
    return reference === undefined || reference === 0 ? [] : [value / reference]
  })
}

function valuesByRound({ measurement, point, value }: Target, subject: string, samples: readonly Sample[]) {
  const found = samples.filter(
    sample => sample.measurement === measurement && sample.point === point && sample.subject === subject,
  )
  const byRound = new Map<number, number>()
  for (const { round, values } of found) {
    const number = values[value]
    // Null is a quantile that was never reached. Worst of all, and told so, since no value would leave the round out.
    if (number !== undefined) byRound.set(round, number ?? Number.POSITIVE_INFINITY)
  }
  return byRound
}
