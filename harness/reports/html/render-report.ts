/** The whole report as one HTML document. Pure: what the page is made of besides the run is handed in. */

import { createHash } from 'node:crypto'
import { environmentSection } from './environment-section.ts'
import { faultWindows } from './fault-windows.ts'
import { faultsSection } from './faults-section.ts'
import { findingsSection } from './findings-section.ts'
import { generatorSection, memorySection } from './generator-section.ts'
import { type Html, html, jsonText, ownText } from './html.ts'
import { httpSection } from './http-section.ts'
import { latencySection } from './latency-section.ts'
import { pageData } from './make-page-data.ts'
import type { PageData } from './page-data.ts'
import type { ReportInput } from './report-input.ts'
import { budgetsSection, headOf, numbersSection, troubleSection } from './summary-section.ts'
import { timeSection } from './time-section.ts'

/** Texts of the files that are put into the page. */
export interface PageParts {
  readonly style: string
  /** The chart library, with its licence. */
  readonly library: string
  readonly script: string
}

const LINKS = [
  ['why', 'Why'],
  ['budgets', 'Budgets'],
  ['time', 'Over time'],
  ['faults', 'Faults'],
  ['findings', 'Findings'],
  ['latency', 'Latency'],
  ['generator', 'Generator'],
  ['http', 'HTTP'],
  ['memory', 'Memory'],
  ['environment', 'Run it again'],
] as const

export function renderReport(input: ReportInput, { style, library, script }: PageParts): string {
  const { result, curves, whyNoCurves } = input
  const data = pageData(input)
  const windows = faultWindows(input.plan, result.faults, data?.toMs ?? input.plan.loadMs)
  const main = html`
    ${troubleSection(result)}
    ${numbersSection(result)}
    ${budgetsSection(result)}
    ${data === null || curves === null ? noCurves(whyNoCurves) : timeSection(data, curves.instances, windows)}
    ${faultsSection(result, windows)}
    ${findingsSection(result)}
    ${latencySection(result, data)}
    ${generatorSection(result, data, windows)}
    ${httpSection(result)}
    ${memorySection(result)}
    ${environmentSection(result)}`
  const markup = main.toString()
  const links = LINKS.filter(([id]) => markup.includes(`<section id="${id}"`))
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="${policyFor([library, script])}">
    <title>${result.verdict}: ${result.scenario}</title>
    <style>${ownText(style, 'style')}</style>
  </head>
  <body>
    ${headOf(result)}
    <nav aria-label="Parts of this report">${links.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
    <main>${main}</main>
    <footer class="quiet">Written by Tuesday. This file is all there is: it asks for nothing from anywhere.</footer>
    ${data !== null && scripts(data, library, script)}
  </body>
</html>
`
  return page.toString()
}

function scripts(data: PageData, library: string, script: string): Html {
  return html`<script type="application/json" id="data">${jsonText(data)}</script>
    <script>${ownText(library, 'script')}</script>
    <script type="module">${ownText(script, 'script')}</script>`
}

/** Nothing is fetched, and nothing is run but these, whatever the texts of a run say. */
export function policyFor(scripts: readonly string[]): string {
  const hashes = scripts.map(script => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(' ')}`
}

function noCurves(why: string | null): Html {
  return html`
    <section id="time">
      <h2>Over time</h2>
      <p>There are no curves: ${why ?? 'nobody has worked them out'}.</p>
    </section>`
}
