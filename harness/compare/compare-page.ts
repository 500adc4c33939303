/** A comparison as one HTML document that asks for nothing from anywhere. */

import { type Html, html, jsonText, ownText } from '../reports/html/html.ts'
import { policyFor } from '../reports/html/render-report.ts'
import { type Row, table } from '../reports/html/table.ts'
import { grouped } from '../reports/numbers.ts'
import type { Comparison, UsedSide } from './compare-sides.ts'
import { type Compared, floorText, OUTCOMES, type Outcome } from './comparison.ts'
import type { OverlaidChart } from './overlaid-chart.ts'
import { overlaidCharts } from './overlaid-curves.ts'
import { readPageParts } from './page-parts.ts'
import {
  changeText,
  nameText,
  notesOf,
  OUTCOME_MARKS,
  OUTCOME_TITLES,
  relativeText,
  sideText,
  subjectText,
  valuesText,
  verdictText,
} from './wording.ts'

/** Shown at once; the others are folded. */
const OPEN: readonly Outcome[] = ['worse', 'uncertain', 'better']
const LOOKS: Partial<Record<Outcome, Row['look']>> = { worse: 'bad', uncertain: 'doubtful' }
const VERDICT_WORDS = { worse: 'worse', invalid: 'invalid', 'no-regression': 'no regression' } as const
/** As the run's own report names and colours them. */
const VERDICT_CLASSES = { worse: 'fail', invalid: 'invalid', 'no-regression': 'pass' } as const

/** The whole page. Throws where a file that it is made of is missing. */
export function renderComparePage(comparison: Comparison): string {
  const { verdict, compared, certainty, refused, warned } = comparison
  const { library, style, script } = readPageParts()
  const charts = overlaidCharts(comparison.old, comparison.new)
  const { scenario } = comparison.new.runs[0]!.result
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="${policyFor([library, script])}">
    <title>${VERDICT_WORDS[verdict]}: ${scenario}</title>
    <style>${ownText(style, 'style')}</style>
  </head>
  <body>
    <header class="compared ${VERDICT_CLASSES[verdict]}">
      <h1>${verdictText(comparison)}</h1>
      <p>${subjectText(comparison)}</p>
      <dl class="pairs">
        <dt><span class="side old"></span> old</dt><dd>${sideText(comparison.old)}</dd>
        <dt><span class="side new"></span> new</dt><dd>${sideText(comparison.new)}</dd>
      </dl>
      ${differences(refused, warned)}
      <p class="quiet">${certainty}</p>
    </header>
    <main>
      ${OUTCOMES.filter(outcome => OPEN.includes(outcome)).map(outcome => openSection(outcome, compared))}
      ${curvesSection(charts, comparison)}
      ${OUTCOMES.filter(outcome => !OPEN.includes(outcome)).map(outcome => foldedSection(outcome, compared))}
      ${runsSection(comparison)}
    </main>
    <footer class="quiet">Written by Tuesday. This file is all there is: it asks for nothing from anywhere.</footer>
    <script type="application/json" id="data">${jsonText({ charts })}</script>
    <script>${ownText(library, 'script')}</script>
    <script type="module">${ownText(script, 'script')}</script>
  </body>
</html>
`
  return page.toString()
}

function differences(refused: readonly string[], warned: readonly string[]): Html | null {
  if (refused.length + warned.length === 0) return null
  return html`
    <ul class="differences">
      ${refused.map(text => html`<li><strong>Not the same:</strong> ${text}</li>`)}
      ${warned.map(text => html`<li>${text}</li>`)}
    </ul>`
}

function openSection(outcome: Outcome, compared: readonly Compared[]): Html | null {
  const these = compared.filter(one => one.outcome === outcome)
  if (these.length === 0) return null
  return html`<section id="${outcome}"><h2>${titleOf(outcome)}</h2>${measureTable(outcome, these)}</section>`
}

function foldedSection(outcome: Outcome, compared: readonly Compared[]): Html | null {
  const these = compared.filter(one => one.outcome === outcome)
  if (these.length === 0) return null
  return html`
    <section id="${outcome}">
      <details>
        <summary><h2>${titleOf(outcome)} (${these.length})</h2></summary>
        ${measureTable(outcome, these)}
      </details>
    </section>`
}

function titleOf(outcome: Outcome): string {
  const title = OUTCOME_TITLES[outcome]
  return title.charAt(0).toUpperCase() + title.slice(1)
}

function measureTable(outcome: Outcome, compared: readonly Compared[]): Html {
  return table({
    caption: `${titleOf(outcome)}: measures`,
    columns: [
      { head: 'measure' },
      { head: 'phase' },
      { head: 'old', isNumber: true },
      { head: 'new', isNumber: true },
      { head: 'change', isNumber: true },
      { head: '%', isNumber: true },
      { head: 'floors' },
    ],
    rows: compared.map(one => {
      const notes = notesOf(one).join('; ')
      const row: Row = {
        cells: [
          html`<span aria-hidden="true">${OUTCOME_MARKS[outcome]}</span> ${nameText(one)}`,
          one.phase,
          valuesText(one.old, one.unit),
          valuesText(one.new, one.unit),
          changeText(one),
          relativeText(one),
          floorText(one),
        ],
      }
      const look = LOOKS[outcome]
      return { ...row, ...(look && { look }), ...(notes !== '' && { note: notes }) }
    }),
  })
}

function curvesSection(charts: readonly OverlaidChart[], { old, new: fresh }: Comparison): Html {
  if (charts.length === 0) {
    return html`<section id="curves"><h2>Curves</h2><p>No run of either side has curves (curves.json) beside its result.</p></section>`
  }
  const without = [old, fresh].filter(({ used }) => used.every(({ curves }) => curves === null))
  return html`
    <section id="curves">
      <h2>Curves</h2>
      <p class="quiet">
        <span class="side old"></span> old, <span class="side new"></span> new; dashed is p50, solid is p99 or the only line. Seconds are those of the load's
        clock; latencies stand at the second in which the message was meant to be sent.
      </p>
      ${without.map(({ name }) => html`<p>${name} has no curves.</p>`)}
      <div class="charts">${charts.map(chartFigure)}</div>
    </section>`
}

function chartFigure({ id, title, unit }: OverlaidChart): Html {
  return html`
    <figure class="chart">
      <figcaption><h3 id="${id}-title">${title}${unit !== 'count' && html`<span class="unit">, ${unit}</span>`}</h3></figcaption>
      <div class="plot" id="${id}" role="img" aria-labelledby="${id}-title"></div>
    </figure>`
}

function runsSection({ old, new: fresh }: Comparison): Html {
  const rowsOf = (side: string, { runs, leftOut }: UsedSide): Row[] =>
    runs.map(run => {
      const { startedAt, verdict, seed, command, invalidBecause } = run.result
      const row = { cells: [run.path, side, verdict, startedAt, grouped(seed), html`<code>${command}</code>`] }
      const why = invalidBecause[0]
      const note = why === undefined ? null : `${leftOut.includes(run) ? 'left out: ' : ''}${why}`
      return note === null ? row : { ...row, look: 'doubtful', note }
    })
  return html`
    <section id="runs">
      <h2>Runs</h2>
      ${table({
        caption: 'The runs of both sides',
        columns: ['run', 'side', 'verdict', 'started', 'seed', 'again'].map(head => ({ head })),
        rows: [...rowsOf('old', old), ...rowsOf('new', fresh)],
      })}
    </section>`
}
