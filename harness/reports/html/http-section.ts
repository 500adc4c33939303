/** What the HTTP load found, if there was one. */

import type { HttpPathResult } from '../../verdict/judgement.ts'
import { grouped, knownMilliseconds, percent, QUANTILE_HEADS, quantileCells } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import { type Html, html, NOTHING } from './html.ts'
import { table } from './table.ts'

export function httpSection({ http }: RunResult): Html {
  if (http === null) return NOTHING
  const { httpErrors, httpLost, httpDuplicated, lagP99Ms, eventLoopUtilization, paths, examples } = http
  const busy = eventLoopUtilization === null ? 'unknown' : percent(eventLoopUtilization)
  return html`
    <section id="http">
      <h2>HTTP beside the load</h2>
      <p>${grouped(httpErrors)} errors, ${grouped(httpLost)} published messages lost, ${grouped(httpDuplicated)} duplicated.
        The process that asked was late by ${knownMilliseconds(lagP99Ms)} (p99), and busy ${busy}.</p>
      ${table({
        caption: 'By path; latency in milliseconds, from writing the request to the end of its answer',
        columns: [
          { head: 'path' },
          ...['requests', 'planned', 'ok', 'refused', 'unanswered', ...QUANTILE_HEADS].map(head => ({
            head,
            isNumber: true,
          })),
        ],
        rows: Object.entries(paths).map(([path, result]) => ({ cells: [path, ...cellsOf(result)] })),
      })}
      ${examples.length > 0 && html`<ul class="facts">${examples.map(example => html`<li>${example}</li>`)}</ul>`}
    </section>`
}

function cellsOf({ requests, requestsPlanned, ok, refused, unanswered, latencyMs }: HttpPathResult): string[] {
  const byStatus = Object.entries(refused).map(([status, count]) => `${grouped(count)} × ${status}`)
  const refusals = byStatus.length === 0 ? '0' : byStatus.join(', ')
  return [
    grouped(requests),
    grouped(requestsPlanned),
    grouped(ok),
    refusals,
    grouped(unanswered),
    ...quantileCells(latencyMs),
  ]
}
