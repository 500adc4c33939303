/** How latencies are spread: by percentile, and by phase in numbers. */

import type { LatencyPeriod, LatencySummary } from '../../checkers/latency.ts'
import { LATENCY_KINDS, type LatencyKind } from '../../scenario/measures.ts'
import { grouped, QUANTILE_HEADS, quantileCells } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import { type Html, html, NOTHING } from './html.ts'
import type { PageData } from './page-data.ts'
import { type Row, table } from './table.ts'
import { chartFigure } from './time-section.ts'

const KIND_WORDS: Record<LatencyKind, string> = {
  cross: 'across instances',
  same: 'within an instance',
  ack: 'acknowledgement',
  sendLag: 'lateness of the generator',
}

export function latencySection({ latencyMs }: RunResult, data: PageData | null): Html {
  const rows = (Object.keys(latencyMs) as LatencyPeriod[]).flatMap(period =>
    (Object.keys(LATENCY_KINDS) as LatencyKind[]).flatMap(kind => rowOf(period, kind, latencyMs[period][kind])),
  )
  if (rows.length === 0) return NOTHING
  const chart = data?.charts.find(({ axis }) => axis === 'percentile')
  return html`
    <section id="latency">
      <h2>Latency</h2>
      <p class="quiet">
        From the intended time of the send, so a generator that is late makes the service look slower, never quicker. The further right, the rarer:
        half of all samples are below the value at 50 %, one in ten thousand is above that at 99.99 %. Lines end where fewer than ten samples are left.
      </p>
      ${chart !== undefined && data !== null && chartFigure(chart, data, [])}
      ${table({
        caption: 'Latency by phase, in milliseconds',
        columns: [
          { head: 'what' },
          { head: 'phase' },
          ...QUANTILE_HEADS.map(head => ({ head, isNumber: true })),
          { head: 'samples', isNumber: true },
        ],
        rows,
      })}
    </section>`
}

function rowOf(period: LatencyPeriod, kind: LatencyKind, summary: LatencySummary): Row[] {
  const { count, overflow } = summary
  if (count === 0) return []
  const samples = overflow > 0 ? `${grouped(count)}, ${grouped(overflow)} over a minute` : grouped(count)
  return [{ cells: [KIND_WORDS[kind], period === 'run' ? 'whole load' : period, ...quantileCells(summary), samples] }]
}
