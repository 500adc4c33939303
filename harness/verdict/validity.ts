/**
 * Whether a run can be judged at all: everything that makes it `invalid`, in words.
 */

import { LATENCY_PERIODS, type LatencyPeriod, samplesNeeded } from '../checkers/latency.ts'
import { standing } from '../checkers/standing.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { parseLatencyBudget, QUANTILES } from '../scenario/measures.ts'
import { isRecovery } from './budgets.ts'
import type { Examination } from './examination.ts'
import { quantileOf, whyHttpInvalid } from './http-budgets.ts'
import type { BudgetResult, GeneratorResult } from './judgement.ts'

/** A generator that is later than this share of the tightest latency budget measures itself. */
export const SEND_LAG_SHARE_MAX = 0.1
/** Of the planned sends. Beneath it, the offered load was not the planned one. */
export const HANDED_SHARE_MIN = 0.99
/** Rooms or instances that are named in one line. */
const NAMES_MAX = 5

/** All causes; empty where the run can be judged. */
export function whyInvalid(
  plan: Plan,
  ledger: Ledger,
  examination: Examination,
  budgets: readonly BudgetResult[],
  generator: GeneratorResult,
): string[] {
  const causes = [
    ...examination.crashes,
    ...whyFaults(plan, ledger),
    ...ledger.residue.map(line => `left behind after healing: ${line}`),
    ...whyFinalReads(plan, ledger),
    ...(examination.whyCounterUnknown === null ? [] : [examination.whyCounterUnknown]),
    ...whyUnheard(plan, ledger),
    ...whyGenerator(budgets, examination, generator),
    ...whyHttpInvalid(plan, ledger, examination.http, budgets),
    ...whyNothingAcross(plan, examination),
    ...budgets.flatMap(whyTooFew),
  ]
  // A measure is unknown because its checker crashed or the roll call is missing, which is said above. Should there ever be another
  // way, it must not pass in silence.
  if (causes.length > 0) return causes
  return budgets.filter(({ status }) => status === 'not-judged').map(({ measure }) => `${measure} could not be judged`)
}

function whyFaults(plan: Plan, ledger: Ledger): string[] {
  const causes: string[] = []
  plan.faults.forEach((planned, index) => {
    const name = `${planned.kind} on ${planned.target}, planned at ${planned.atMs / 1000} s,`
    const record = ledger.faults[index]
    // Its time was after the abort.
    if (ledger.aborted !== null && record !== undefined && record.firedAtMs === null) return
    if (record === undefined || record.status !== 'fired' || record.effectAtMs === null) {
      causes.push(`${name} did not fire: ${record?.evidence || 'its effect was not seen'}`)
    } else if (planned.heals && record.healedAtMs === null) causes.push(`${name} never healed`)
  })
  if (ledger.healedAtMs === null) causes.push('healing failed')
  return causes
}

function whyFinalReads(plan: Plan, ledger: Ledger): string[] {
  const causes: string[] = []
  if (ledger.rollCallAtMs === null) causes.push('the run ended before the roll call, so nobody knows who is stranded')
  const unread = plan.rooms.filter((_, room) => (ledger.rooms[room]?.log ?? null) === null)
  if (unread.length > 0) {
    causes.push(
      `final read failed: the log of ${unread.length} of ${plan.rooms.length} rooms is missing (${firstOf(unread)})`,
    )
  }
  return causes
}

/**
 * Clients go home before the roll call, so every instance that was to be up has some. One without any may be deaf or mute, and no other
 * measure would tell.
 */
function whyUnheard(plan: Plan, { rollCallAtMs, clients, faults }: Ledger): string[] {
  if (rollCallAtMs === null) return []
  const heard = new Set(
    clients
      .filter(({ connectedAtEnd }) => connectedAtEnd)
      .map(({ connections }) => plan.instances[connections.at(-1)?.instance ?? -1]),
  )
  const unheard = standing(plan, faults).filter(name => !heard.has(name))
  if (unheard.length === 0) return []
  const serves = unheard.length === 1 ? 'it serves' : 'they serve'
  return [`no client was on ${firstOf(unheard)} at the roll call, so nobody knows whether ${serves}`]
}

function firstOf(names: readonly string[]): string {
  return names.slice(0, NAMES_MAX).join(', ') + (names.length > NAMES_MAX ? ', …' : '')
}

/** Utilization, lag and achieved rate of the load generators. */
export function judgeGenerator(
  ledger: Ledger,
  examination: Examination,
  budgets: readonly BudgetResult[],
): GeneratorResult {
  const { generators } = ledger
  const result = {
    sendLagP99Ms: examination.latencies.run.sendLag.quantileMs('P99'),
    eventLoopUtilization:
      generators.length === 0 ? null : Math.max(...generators.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    plannedSends: generators.reduce((sum, { plannedSends }) => sum + plannedSends, 0),
    handedSends: generators.reduce((sum, { handedSends }) => sum + handedSends, 0),
    saturated: false,
  }
  return { ...result, saturated: whyGenerator(budgets, examination, result).length > 0 }
}

function whyGenerator(
  budgets: readonly BudgetResult[],
  examination: Examination,
  { plannedSends, handedSends }: GeneratorResult,
): string[] {
  const causes: string[] = []
  if (handedSends < plannedSends * HANDED_SHARE_MIN) {
    const share = ((100 * handedSends) / plannedSends).toFixed(1)
    causes.push(`the generator could not keep up: it handed over ${handedSends} of ${plannedSends} sends (${share} %)`)
  }
  const tooLate = LATENCY_PERIODS.flatMap(period => whyTooLate(period, budgets, examination))
  return [...causes, ...tooLate]
}

/**
 * In each phase the lag of that phase counts against the budgets of that phase: being late in one does not blur another. At the quantile of the
 * budget, P99 at most: a median is not moved by the few that were late.
 */
function whyTooLate(period: LatencyPeriod, budgets: readonly BudgetResult[], examination: Examination): string[] {
  const { sendLag } = examination.latencies[period]
  const doubtful = budgets.filter(budget => budget.phase === period && isDecidedByLag(budget, examination))
  const late = doubtful.flatMap(({ measure, limit }) => {
    const { quantile } = parseLatencyBudget(measure)!
    const atQuantile = QUANTILES[quantile] > QUANTILES.P99 ? 'P99' : quantile
    const lagMs = sendLag.quantileMs(atQuantile)
    return lagMs !== null && lagMs > limit * SEND_LAG_SHARE_MAX ? [{ atQuantile, lagMs, limit }] : []
  })
  const [worst] = late.sort((one, other) => one.limit - other.limit)
  if (worst === undefined) return []
  const of = period === 'run' ? '' : ` in the phase ${period}`
  return [
    `the generator could not keep up: ${worst.atQuantile} of its send lag${of} is ${worst.lagMs.toFixed(1)} ms, ` +
      `over a tenth of the tightest latency budget (${worst.limit} ms)`,
  ]
}

/**
 * Whether the generator's lateness leaves a latency budget open. Latency counts from the intended time, so it contains the lag; where the
 * limit is broken even with the lag taken off at the same quantile, the service has broken it, and lateness is no excuse.
 */
function isDecidedByLag(budget: BudgetResult, { latencies }: Examination): boolean {
  const parsed = parseLatencyBudget(budget.measure)
  if (parsed === null || parsed.kind === 'sendLag') return false
  const lagMs = latencies[budget.phase].sendLag.quantileMs(parsed.quantile) ?? 0
  return !(budget.status === 'fail' && budget.actual !== null && budget.actual - lagMs > budget.limit)
}

function whyNothingAcross(plan: Plan, { counts }: Examination): string[] {
  if (plan.instances.length < 2 || counts.deliveredAcross !== 0) return []
  return ['no message was delivered from one instance to another, so the run shows nothing about a cluster']
}

function whyTooFew({ measure, phase, samples, status }: BudgetResult): string[] {
  if (status !== 'too-few-samples') return []
  if (isRecovery(measure)) return [`the budget ${measure} has nothing to measure: no fault hit a client`]
  const needed = samplesNeeded(quantileOf(measure))
  return [`too few samples for the budget ${measure} (${phase}): ${samples} of ${needed}`]
}
