/**
 * `summary.md`: what whoever gets a red pipeline reads first. The verdict and what broke stand on top; it is short enough for the summary of
 * a CI job, and has no more of anything than a screen shows.
 */

import type { BudgetResult, BudgetStatus } from '../verdict/judgement.ts'
import {
  actualText,
  budgetName,
  isOutOfScope,
  limitText,
  OUT_OF_SCOPE,
  originText,
  samplesText,
  statusNote,
} from './budget-text.ts'
import { caseLines } from './finding-text.ts'
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts'
import { counted, grouped, milliseconds, seconds } from './numbers.ts'
import type { RunResult } from './result.ts'
import { scopedName, sizeText, WHO_JUDGES_THE_LOAD } from './run-text.ts'

const VERDICT_MARKS = { pass: '✅', fail: '❌', invalid: '⚠️' } as const
const MARKS: Record<BudgetStatus, string> = { pass: '✅', fail: '❌', 'too-few-samples': '⚠️', 'not-judged': '⚠️' }
/** Of faults and of causes; `result.json` has all. */
const LINES_MAX = 20
/** How a line begins that goes on with the one before. */
const GOES_ON = '  '

/** The whole file, ending with a line feed. */
export function renderSummary(result: RunResult): string {
  const sections = [
    [`## ${VERDICT_MARKS[result.verdict]} ${escapeMarkdown(scopedName(result))}: ${result.verdict}`],
    [escapeMarkdown(`${sizeText(result)}, ${took(result)}.`)],
    [headline(result)],
    result.scope === undefined ? [] : [`**Of ${result.scope}**: ${WHO_JUDGES_THE_LOAD}.`],
    ...result.budgets.filter(({ status }) => status === 'fail').map(budget => brokenBudget(budget, result)),
    section('Why it is invalid', list(result.verdict === 'invalid' ? result.invalidBecause : [])),
    section('What else was wrong', list(result.verdict === 'invalid' ? [] : result.invalidBecause)),
    budgetSection(result),
    section('Faults', faultTable(result)),
    section('Latency across instances, ms', latencyTable(result)),
    againSection(result),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}`, '', ...lines]
}

function took({ durationsSeconds, startedAt }: RunResult): string {
  const total = durationsSeconds.total
  const long = total === undefined ? '' : `took ${Math.round(total)} s, `
  return `${long}started ${startedAt.slice(0, 16).replace('T', ' ')} UTC`
}

/** The answer in one sentence. */
function headline(result: RunResult): string {
  const { verdict, budgets, invalidBecause, abortedBecause } = result
  const broken = budgets.filter(({ status }) => status === 'fail')
  const parts = broken.map(budget => `**${budgetName(budget)} ${actualText(budget)}** (limit ${limitText(budget)})`)
  const ended = abortedBecause === null ? [] : [`The load was ended early: ${escapeMarkdown(abortedBecause)}.`]
  switch (verdict) {
    case 'pass':
      return `${heldText(result)}.`
    case 'fail':
      return [...ended, ...(parts.length === 0 ? [] : [`Broken: ${parts.join(', ')}.`])].join(' ')
    case 'invalid': {
      const proves = 'This run proves nothing, neither good nor bad; it is no pass.'
      const more = parts.length === 0 ? '' : ` Over their limits all the same: ${parts.join(', ')}.`
      return `${proves} ${counted(invalidBecause.length, 'reason')} below.${more}`
    }
  }
}

/** Of a run that passed. */
function heldText(result: RunResult): string {
  const { budgets } = result
  const outOfScope = budgets.filter(budget => isOutOfScope(budget, result)).length
  if (outOfScope === 0) return `All ${counted(budgets.length, 'budget')} held`
  return `${counted(budgets.length - outOfScope, 'budget')} held, ${outOfScope} ${OUT_OF_SCOPE}`
}

/** What is known of a broken budget's cases; nothing where the headline has said all. */
function brokenBudget(budget: BudgetResult, result: RunResult): string[] {
  const lines = caseLines(budget, result)
  if (lines.length === 0) return []
  const title = `${budgetName(budget)}: ${actualText(budget)}, limit ${limitText(budget)}`
  const items = lines.map((line, index) => {
    if (line.startsWith(GOES_ON)) return `  ${escapeMarkdown(line.trim())}`
    return `- ${escapeMarkdown(line)}${lines[index + 1]?.startsWith(GOES_ON) ? '<br>' : ''}`
  })
  return section(escapeMarkdown(title), items)
}

function list(causes: readonly string[]): string[] {
  const shown = causes.slice(0, LINES_MAX).map(cause => `- ${escapeMarkdown(cause)}`)
  return causes.length <= LINES_MAX ? shown : [...shown, `- and ${causes.length - LINES_MAX} more`]
}

/** The broken ones first; in a run that passed all of them are folded away, since nobody has to read them. */
function budgetSection(result: RunResult): string[] {
  const { budgets, verdict } = result
  const gravity = (budget: BudgetResult) =>
    isOutOfScope(budget, result) ? 3 : budget.status === 'fail' ? 0 : budget.status === 'pass' ? 2 : 1
  const tellsOrigin = budgets.some(budget => originText(budget) !== '')
  const sorted = budgets.toSorted((a, b) => gravity(a) - gravity(b))
  const rows = sorted.map(budget => {
    const { measure, phase, status } = budget
    const origin = tellsOrigin ? [escapeMarkdown(originText(budget))] : []
    if (isOutOfScope(budget, result)) return ['–', measure, phase, '', limitText(budget), OUT_OF_SCOPE, ...origin]
    const note = statusNote(budget)
    const samples = samplesText(budget) + (note === '' ? '' : `, ${note}`)
    return [MARKS[status], measure, phase, actualText(budget), limitText(budget), samples, ...origin]
  })
  const head = ['', 'measure', 'phase', 'actual', 'limit', 'measured on', ...(tellsOrigin ? ['limit from'] : [])]
  const table = markdownTable(head, rows, [3, 4])
  if (verdict !== 'pass') return section('Budgets', table)
  return ['<details>', `<summary>${heldText(result)}</summary>`, '', ...table, '', '</details>']
}

function faultTable({ faults, scope }: RunResult): string[] {
  if (faults.length === 0) return []
  const hadClients = scope === undefined
  const rows = faults.slice(0, LINES_MAX).map(fault => {
    const { recovery, status, firedAtMs, plannedAtMs, healedAtMs } = fault
    const isFired = status === 'fired'
    const step = (ms: number | null) => (ms === null ? 'never' : seconds(ms))
    const ofClients = (ms: number | null) => (!isFired || recovery.clientsHit === 0 ? '–' : step(ms))
    const recovered = [
      String(recovery.clientsHit),
      ofClients(recovery.detectMs),
      ofClients(recovery.reconnectMs),
      ofClients(recovery.firstCrossMs),
      isFired ? step(recovery.steadyMs) : '–',
    ]
    return [
      `${isFired ? '' : '⚠️ '}${escapeMarkdown(`${fault.kind} ${fault.target}`)}`,
      isFired && firedAtMs !== null ? seconds(firedAtMs) : `not fired (planned at ${seconds(plannedAtMs)})`,
      healedAtMs === null ? '–' : seconds(healedAtMs),
      ...(hadClients ? recovered : []),
      escapeMarkdown(fault.evidence || 'nothing'),
    ]
  })
  const steps = ['clients hit', 'noticed after', 'all back after', 'heard across after', 'steady again after']
  const head = ['fault', 'fired at', 'healed at', ...(hadClients ? steps : []), 'seen']
  const left = faults.length - rows.length
  const note = left > 0 ? ['', `and ${counted(left, 'fault')} more, in result.json`] : []
  return [...markdownTable(head, rows, hadClients ? [1, 2, 3, 4, 5, 6, 7] : [1, 2]), ...note]
}

function latencyTable({ latencyMs }: RunResult): string[] {
  const periods = Object.entries(latencyMs).filter(([, { cross }]) => cross.count > 0)
  if (periods.length === 0) return []
  const value = (ms: number | null) => (ms === null ? '–' : milliseconds(ms))
  const rows = periods.map(([period, { cross }]) => {
    return [period, value(cross.p50), value(cross.p99), value(cross.p999), value(cross.max), grouped(cross.count)]
  })
  return markdownTable(['phase', 'p50', 'p99', 'p99.9', 'max', 'deliveries'], rows, [1, 2, 3, 4, 5])
}

function againSection({ command, seed, driver, environment }: RunResult): string[] {
  const { node, redis, balancer, cpus, os } = environment
  const behind = balancer === undefined ? '' : `, behind ${balancer}`
  const where = `Driver ${driver}${behind}, Node ${node}, Redis ${redis}, ${counted(cpus, 'CPU')}, ${os}.`
  return [
    ...section('Run it again', codeBlock(command, 'sh')),
    '',
    `The seed ${seed} reproduces the plan, not the interleaving. ${escapeMarkdown(where)}`,
  ]
}
