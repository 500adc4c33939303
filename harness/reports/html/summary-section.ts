/** What comes first: the verdict, why it is so, the few numbers that everybody asks for, and all budgets. */

import type { BudgetStatus, Verdict } from '../../verdict/judgement.ts'
import {
  actualText,
  isOutOfScope,
  limitText,
  OUT_OF_SCOPE,
  originText,
  samplesText,
  statusNote,
} from '../budget-text.ts'
import { counted, grouped, knownMilliseconds, seconds } from '../numbers.ts'
import type { RunBudget, RunResult } from '../result.ts'
import { scopedName, sizeText, WHO_JUDGES_THE_LOAD } from '../run-text.ts'
import { type Content, type Html, html, NOTHING } from './html.ts'
import { type Row, table } from './table.ts'
import { type Trouble, troubles } from './trouble.ts'

const VERDICT_MARKS: Record<Verdict, string> = { pass: '✓', fail: '✗', invalid: '?' }
const VERDICT_MEANINGS: Record<Verdict, string> = {
  pass: 'Every budget held, and the run is good for judging.',
  fail: 'Something that was promised did not hold.',
  invalid: 'This run shows nothing, neither good nor bad. Put right what is named here, and run it again.',
}
const STATUS_WORDS: Record<BudgetStatus, readonly [mark: string, word: string]> = {
  pass: ['✓', 'held'],
  fail: ['✗', 'broken'],
  'too-few-samples': ['?', 'unknown'],
  'not-judged': ['?', 'unknown'],
}
const ORDER: readonly BudgetStatus[] = ['fail', 'not-judged', 'too-few-samples', 'pass']

export function headOf(result: RunResult): Html {
  const { verdict, scope, startedAt } = result
  return html`
    <header class="${verdict}">
      <p class="verdict"><span aria-hidden="true">${VERDICT_MARKS[verdict]}</span> ${verdict}</p>
      <h1>${scopedName(result)}</h1>
      <p class="lead">${leadOf(result)}</p>
      ${scope !== undefined && html`<p>Of <strong>${scope}</strong>: ${WHO_JUDGES_THE_LOAD}.</p>`}
      <p class="quiet">${sizeText(result)}. Started ${timeText(startedAt)}.</p>
    </header>`
}

/** "2026-11-24 08:19:48 UTC". */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')
}

function leadOf(result: RunResult): string {
  const { verdict, budgets, invalidBecause, abortedBecause, scope } = result
  const inScope = budgets.filter(budget => !isOutOfScope(budget, result)).length
  if (verdict === 'pass' && scope !== undefined) {
    return `${inScope} of ${counted(budgets.length, 'budget')} could be judged without a load, and held.`
  }
  const broken = budgets.filter(({ status }) => status === 'fail').length
  const parts = [
    abortedBecause === null ? null : 'The load was ended early.',
    broken === 0 ? null : `${broken} of ${counted(inScope, 'budget')} ${broken === 1 ? 'is' : 'are'} broken.`,
    verdict === 'fail' && invalidBecause.length > 0
      ? 'The run is invalid, too; what was seen to go wrong went wrong all the same.'
      : null,
  ]
  const said = parts.filter(part => part !== null)
  return verdict === 'fail' && said.length > 0 ? said.join(' ') : VERDICT_MEANINGS[verdict]
}

export function troubleSection(result: RunResult): Html {
  const found = troubles(result)
  if (found.length === 0) return NOTHING
  return html`
    <section id="why">
      <h2>${result.verdict === 'invalid' ? 'Why it shows nothing' : 'What is wrong'}</h2>
      <ul class="troubles">${found.map(troubleItem)}</ul>
    </section>`
}

function troubleItem({ kind, title, facts }: Trouble): Html {
  const words = { broken: 'broken', invalid: 'invalid', aborted: 'aborted' }[kind]
  return html`
    <li class="${kind}">
      <p><span class="tag">${words}</span> <strong>${title}</strong></p>
      ${facts.map(fact => html`<p class="fact">${fact}</p>`)}
    </li>`
}

export function numbersSection({ counts, latencyMs, faults, size, scope, connectionsOfOthersMax }: RunResult): Html {
  const { cross } = latencyMs.steady
  const fired = faults.filter(({ status }) => status === 'fired').length
  const slowest = faults.map(({ recovery }) => recovery.steadyMs)
  const recovered = slowest.includes(null) ? 'never' : seconds(Math.max(0, ...slowest.map(Number)))
  const tile = (title: string, value: string, note: Content) =>
    html`<div><dt>${title}</dt><dd>${value}</dd><dd class="quiet">${note}</dd></div>`
  const known = (count: number | null) => (count === null ? 'unknown' : grouped(count))
  if (scope !== undefined) {
    return html`
      <section id="numbers" aria-label="The run in numbers">
        <dl class="tiles">
          ${tile('faults fired', grouped(fired), `of ${faults.length} planned`)}
          ${tile('unclean drains', known(counts.uncleanDrains), 'stops that were not graceful')}
          ${tile('connections of others', known(connectionsOfOthersMax ?? null), 'at one time, at most')}
        </dl>
      </section>`
  }
  return html`
    <section id="numbers" aria-label="The run in numbers">
      <dl class="tiles">
        ${tile('lost deliveries', known(counts.lost), `of ${known(counts.obligations)} owed`)}
        ${tile('p99 across, steady', knownMilliseconds(cross.p99), `half within ${knownMilliseconds(cross.p50)}`)}
        ${tile('messages sent', known(counts.sent), `${known(counts.ok)} acknowledged`)}
        ${tile('clients', grouped(size.clients), `${known(counts.stranded)} stranded at the end`)}
        ${faults.length > 0 && tile('steady again', recovered, faults.length === 1 ? 'after the fault' : `after the slowest of ${faults.length} faults`)}
      </dl>
    </section>`
}

export function budgetsSection(result: RunResult): Html {
  const { budgets } = result
  if (budgets.length === 0) return NOTHING
  const tellsOrigin = budgets.some(budget => originText(budget) !== '')
  const outOfScope = budgets.filter(budget => isOutOfScope(budget, result))
  const inScope = budgets.filter(budget => !isOutOfScope(budget, result))
  const sorted = ORDER.flatMap(status => inScope.filter(budget => budget.status === status))
  return html`
    <section id="budgets">
      <h2>Budgets</h2>
      ${table({
        caption: 'What was limited, and what was measured',
        columns: [
          { head: 'measure' },
          { head: html`<span class="word">result</span>` },
          { head: 'actual', isNumber: true },
          { head: 'limit', isNumber: true },
          { head: 'phase' },
          { head: 'measured on' },
          ...(tellsOrigin ? [{ head: 'limit from' }] : []),
        ],
        rows: [
          ...sorted.map(budget => budgetRow(budget, tellsOrigin)),
          ...outOfScope.map(budget => outOfScopeRow(budget, tellsOrigin)),
        ],
      })}
    </section>`
}

/** May go on in the next line before each capital. */
function breakable(name: string): Html[] {
  return name.split(/(?=[A-Z])/).map((part, index) => (index === 0 ? html`${part}` : html`<wbr>${part}`))
}

/** Nothing is wrong with it, and nothing is known. */
function outOfScopeRow(budget: RunBudget, tellsOrigin: boolean): Row {
  const name = html`<code>${breakable(budget.measure)}</code>`
  const result = html`<span class="status">– <span class="word">not judged</span></span>`
  const cells = [name, result, '', limitText(budget), budget.phase, OUT_OF_SCOPE]
  return { cells: [...cells, ...(tellsOrigin ? [originText(budget)] : [])] }
}

function budgetRow(budget: RunBudget, tellsOrigin: boolean): Row {
  const { status, measure, phase } = budget
  const note = statusNote(budget)
  const [mark, word] = STATUS_WORDS[status]
  const result = html`<span class="status ${status}">${mark} <span class="word">${word}</span></span>`
  const samples = note === '' ? samplesText(budget) : `${samplesText(budget)}, ${note}`
  const cells = [
    html`<code>${breakable(measure)}</code>`,
    result,
    actualText(budget),
    limitText(budget),
    phase,
    samples,
    ...(tellsOrigin ? [originText(budget)] : []),
  ]
  if (status === 'pass') return { cells }
  return { cells, look: status === 'fail' ? ('bad' as const) : ('doubtful' as const) }
}
