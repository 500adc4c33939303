/** What comes first: the verdict, why it is so, the few numbers that everybody asks for, and all budgets. */

import type { BudgetResult, BudgetStatus, Verdict } from '../../verdict/judgement.ts'
import { actualText, limitText, samplesText, statusNote } from '../budget-text.ts'
import { counted, grouped, knownMilliseconds, seconds } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import { sizeText } from '../run-text.ts'
import { type Content, type Html, html, NOTHING } from './html.ts'
import { table } from './table.ts'
import { type Trouble, troubles } from './trouble.ts'

const VERDICT_MARKS: Record<Verdict, string> = { pass: '✓', fail: '✗', invalid: '?' }
const VERDICT_MEANINGS: Record<Verdict, string> = {
  pass: 'Every budget held, and the run is good for judging.',
  fail: 'Something that was promised did not hold.',
  invalid: 'This run shows nothing, neither good nor bad. Put right what is named here, and run it again.',
}
const STATUS_WORDS: Record<BudgetStatus, string> = {
  pass: '✓ held',
  fail: '✗ broken',
  'too-few-samples': '? unknown',
  'not-judged': '? unknown',
}
const ORDER: readonly BudgetStatus[] = ['fail', 'not-judged', 'too-few-samples', 'pass']

export function headOf(result: RunResult): Html {
  const { scenario, verdict, startedAt } = result
  return html`
    <header class="${verdict}">
      <p class="verdict"><span aria-hidden="true">${VERDICT_MARKS[verdict]}</span> ${verdict}</p>
      <h1>${scenario}</h1>
      <p class="lead">${leadOf(result)}</p>
      <p class="quiet">${sizeText(result)}. Started ${timeText(startedAt)}.</p>
    </header>`
}

/** "2026-11-24 08:19:48 UTC". */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')
}

function leadOf({ verdict, budgets, invalidBecause, abortedBecause }: RunResult): string {
  const broken = budgets.filter(({ status }) => status === 'fail').length
  const parts = [
    abortedBecause === null ? null : 'The load was ended early.',
    broken === 0 ? null : `${broken} of ${counted(budgets.length, 'budget')} ${broken === 1 ? 'is' : 'are'} broken.`,
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

export function numbersSection({ counts, latencyMs, faults, size }: RunResult): Html {
  const { cross } = latencyMs.steady
  const slowest = faults.map(({ recovery }) => recovery.steadyMs)
  const recovered = slowest.includes(null) ? 'not reached' : seconds(Math.max(0, ...slowest.map(Number)))
  const tile = (title: string, value: string, note: Content) =>
    html`<div><dt>${title}</dt><dd>${value}</dd><dd class="quiet">${note}</dd></div>`
  const known = (count: number | null) => (count === null ? 'unknown' : grouped(count))
  return html`
    <section id="numbers" aria-label="The run in numbers">
      <dl class="tiles">
        ${tile('lost deliveries', known(counts.lost), `of ${known(counts.obligations)} owed`)}
        ${tile('across instances, steady', knownMilliseconds(cross.p99), `p99; half within ${knownMilliseconds(cross.p50)}`)}
        ${tile('messages sent', known(counts.sent), `${known(counts.ok)} acknowledged`)}
        ${tile('clients', grouped(size.clients), `${known(counts.stranded)} stranded at the end`)}
        ${faults.length > 0 && tile('steady again', recovered, `after the slowest of ${counted(faults.length, 'fault')}`)}
      </dl>
    </section>`
}

export function budgetsSection({ budgets }: RunResult): Html {
  if (budgets.length === 0) return NOTHING
  const sorted = ORDER.flatMap(status => budgets.filter(budget => budget.status === status))
  return html`
    <section id="budgets">
      <h2>Budgets</h2>
      ${table({
        caption: 'What was limited, and what was measured',
        columns: [
          { head: 'measure' },
          { head: 'result' },
          { head: 'actual', isNumber: true },
          { head: 'limit', isNumber: true },
          { head: 'phase' },
          { head: 'measured on' },
        ],
        rows: sorted.map(budgetRow),
      })}
    </section>`
}

function budgetRow(budget: BudgetResult) {
  const { status, measure, phase } = budget
  const note = statusNote(budget)
  const result = html`<span class="status ${status}">${STATUS_WORDS[status]}</span>`
  const samples = note === '' ? samplesText(budget) : `${samplesText(budget)}, ${note}`
  const cells = [html`<code>${measure}</code>`, result, actualText(budget), limitText(budget), phase, samples]
  if (status === 'pass') return { cells }
  return { cells, look: status === 'fail' ? ('bad' as const) : ('doubtful' as const) }
}
