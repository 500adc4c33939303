/**
 * Whether a run can be judged at all: everything that makes it `invalid`, in words.
 */

import { samplesNeeded } from '../checkers/latency.ts'
import { standing } from '../checkers/standing.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { isRecovery } from './budgets.ts'
import type { Examination } from './examination.ts'
import { quantileOf, whyHttpInvalid } from './http-budgets.ts'
import type { BudgetResult } from './judgement.ts'

/** Rooms or instances that are named in one line. */
const NAMES_MAX = 5

/** All causes; empty where the run can be judged. */
export function whyInvalid(
  plan: Plan,
  ledger: Ledger,
  examination: Examination,
  budgets: readonly BudgetResult[],
  whySaturated: readonly string[],
): string[] {
  const causes = [
    ...examination.crashes,
    ...whyFaults(plan, ledger),
    ...whyResidue(ledger),
    ...whyFinalReads(plan, ledger),
    ...(examination.whyCounterUnknown === null ? [] : [examination.whyCounterUnknown]),
    ...whyUnheard(plan, ledger),
    ...whySaturated,
    ...whyHttpInvalid(plan, ledger, examination.http, budgets),
    ...whyNothingAcross(plan, examination),
    ...budgets.flatMap(whyTooFew),
  ]
  // A measure is unknown because its checker crashed or the roll call is missing, which is said above. Should there ever be another
  // way, it must not pass in silence.
  if (causes.length > 0) return causes
  return budgets.filter(({ status }) => status === 'not-judged').map(({ measure }) => `${measure} could not be judged`)
}

/** Faults that did not fire, or were not undone. */
export function whyFaults(plan: Plan, ledger: Ledger): string[] {
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

export function whyResidue({ residue }: Ledger): string[] {
  return residue.map(line => `left behind after healing: ${line}`)
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
