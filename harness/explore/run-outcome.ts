/** What one explored run says, from how its process ended and what it saved. Pure. */

import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunResult } from '../reports/result.ts'
import { CHECKER_CRASHED } from '../verdict/examination.ts'

export type RunOutcome =
  | { readonly is: 'passed' }
  /** `measures`: what broke, the gravest first; of the verdict's measures, or of those below. */
  | { readonly is: 'failed'; readonly measures: readonly string[] }
  | { readonly is: 'invalid'; readonly because: string }

/** What breaks without being a measure of the verdict. */
export const OWN_MEASURES = {
  crashed: 'the harness itself broke: a stack trace, an exit code that it does not have, or a checker that crashed',
  hung: 'the run did not end in its time',
  stuck: 'something was left after healing, or an injected fault was never seen healed',
} as const

export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Standard error. */
  readonly errors: string
  readonly isTimeUp: boolean
}

/** Of a run's folder; null where the run did not come to write it. */
export interface SavedRun {
  readonly result: RunResult | null
  readonly plan: Plan | null
  readonly runFile: RunFile | null
}

/** The order in which measures are told and looked for: what breaks a promise for good before what only delays it. */
const GRAVITY = ['crashed', 'hung', 'lost', 'phantom', 'duplicated', 'reordered', 'diverged', 'stranded', 'stuck']

/** The exit codes of a scenario; see `main.ts`. */
const EXIT_CODES: readonly (number | null)[] = [0, 1, 2, 3, 130]
/** A line of a stack trace. `main.ts` shows one for errors that are nobody's but the programmer's. */
const STACK_LINE = /^\s+at .+:\d+:\d+\)?$/m

export function outcomeOf(end: ProcessEnd, saved: SavedRun): RunOutcome {
  if (end.isTimeUp) return { is: 'failed', measures: ['hung'] }
  if (!EXIT_CODES.includes(end.exitCode) || STACK_LINE.test(end.errors)) return { is: 'failed', measures: ['crashed'] }
  const { result } = saved
  if (result === null) return { is: 'invalid', because: firstLine(end.errors) || `exit code ${end.exitCode}` }
  const measures = brokenMeasures(result, saved)
  if (measures.length > 0) return { is: 'failed', measures }
  if (result.verdict === 'pass') return { is: 'passed' }
  return { is: 'invalid', because: result.invalidBecause[0] ?? 'no reason given' }
}

/** In a run that is otherwise invalid, only what the verdict itself fails it for counts, and what is this page's own. */
function brokenMeasures({ verdict, budgets, invalidBecause }: RunResult, { plan, runFile }: SavedRun): string[] {
  const broken =
    verdict === 'fail' ? budgets.filter(({ status }) => status === 'fail').map(({ measure }) => measure) : []
  const crashed = invalidBecause.some(why => CHECKER_CRASHED.test(why)) ? ['crashed'] : []
  const stuck = plan !== null && runFile !== null && isStuck(plan, runFile) ? ['stuck'] : []
  return [...new Set([...crashed, ...broken, ...stuck])].sort((a, b) => gravity(a) - gravity(b))
}

function isStuck(plan: Plan, { residue, faults }: RunFile): boolean {
  const isUnhealed = faults.some(
    ({ status, healedAtMs }, index) => status === 'fired' && healedAtMs === null && plan.faults[index]?.heals === true,
  )
  return residue.length > 0 || isUnhealed
}

function gravity(measure: string): number {
  const place = GRAVITY.indexOf(measure)
  return place === -1 ? GRAVITY.length : place
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!
}
