/** Single cases, by measure: how many, where they are, and the first of them with everything that is known. */

import { CIRCUMSTANCES, type Example, type Finding } from '../../checkers/finding.ts'
import { COUNT_MEASURES, type CountName } from '../../scenario/measures.ts'
import { counted, grouped } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import { type Html, html, NOTHING } from './html.ts'
import { table } from './table.ts'
import { breakdownFacts } from './trouble.ts'

/** Say nothing of what is wrong: some second is always the busiest, and who chooses an instance itself tries one that is down. */
const NO_FAULT_OF_ANYBODY: readonly CountName[] = ['reconnectsPerSecondMax', 'connectsFailed']

export function findingsSection({ findings, budgets }: RunResult): Html {
  const isBroken = (measure: CountName) =>
    budgets.some(budget => budget.measure === measure && budget.status === 'fail')
  const found = (Object.entries(findings) as [CountName, Finding][]).filter(
    ([measure, { count }]) => count > 0 && (isBroken(measure) || !NO_FAULT_OF_ANYBODY.includes(measure)),
  )
  // `lost` is there in every report: that nothing was lost is what people look for.
  const isLostKnown = findings.lost !== undefined
  if (found.length === 0 && !isLostKnown) return NOTHING
  return html`
    <section id="findings">
      <h2>Findings</h2>
      ${findings.lost?.count === 0 && html`<p>No delivery was lost.</p>`}
      ${found.map(([measure, finding]) => findingPart(measure, finding))}
    </section>`
}

function findingPart(measure: CountName, { count, breakdown, examples }: Finding): Html {
  const facts = breakdownFacts(breakdown)
  return html`
    <h3 id="finding-${measure}"><code>${measure}</code> ${grouped(count)}</h3>
    <p class="quiet">${COUNT_MEASURES[measure].about}</p>
    ${facts.length > 0 && html`<ul class="facts">${facts.map(fact => html`<li>${fact}</li>`)}</ul>`}
    ${examples.length > 0 && examplesTable(`${measure}: ${examples.length} of ${counted(count, 'case')}`, examples)}`
}

/** What is wrong stands below each case, or once above all where it is always the same. */
function examplesTable(title: string, examples: readonly Example[]): Html {
  const columns = COLUMNS.filter(({ has }) => examples.some(has))
  const isSame = examples.every(({ what }) => what === examples[0]!.what)
  return table({
    caption: isSame ? `${title}: ${examples[0]!.what}` : title,
    columns: columns.map(({ head, isNumber = false }) => ({ head, isNumber })),
    rows: examples.map(example => ({
      cells: columns.map(({ cell }) => cell(example)),
      note: isSame ? null : example.what,
    })),
  })
}

interface ExampleColumn {
  readonly head: string
  readonly isNumber?: boolean
  /** Whether the example tells it. A column that none does is left out. */
  readonly has: (example: Example) => boolean
  readonly cell: (example: Example) => string
}

const COLUMNS: readonly ExampleColumn[] = [
  // Always there, so that every row has a name.
  { ...column('client', ({ client }) => client), has: () => true },
  { ...column('message', ({ message }) => message), isNumber: true },
  column('sent by', ({ sender }) => sender),
  column('room', ({ room }) => room),
  { ...column('seq', ({ position }) => position?.seq ?? null), isNumber: true },
  column('epoch', ({ position }) => position?.epoch ?? null),
  ...CIRCUMSTANCES.map(circumstance =>
    column(
      { moment: 'when', fault: 'during', instance: 'receiver on', part: 'in its stream' }[circumstance],
      example => (circumstance === 'instance' ? placeOf(example) : example[circumstance]),
    ),
  ),
]

function column(head: string, pick: (example: Example) => string | number | null): ExampleColumn {
  return { head, has: example => pick(example) !== null, cell: example => String(pick(example) ?? '–') }
}

function placeOf({ instance, connection }: Example): string | null {
  return instance === null || connection === null ? instance : `${instance}, connection ${connection}`
}
