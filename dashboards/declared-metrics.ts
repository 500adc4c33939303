/** Every series that a query may name, with the labels that it has: what the four files of declarations say, put together. */

import { HARNESS_METRICS } from '../harness/reports/metric-names.ts'
import { type MetricDeclaration, RUNTIME_METRICS, SERVICE_METRICS } from '../service/metric-names.ts'
import { HAPROXY_METRICS } from './haproxy-metrics.ts'

/** Prometheus itself keeps this one for each target. It alone tells of a target that does not answer. */
export const SCRAPE_METRICS = {
  up: { name: 'up', type: 'gauge', help: '1 while a target answers, 0 while it does not.', labels: [] },
} as const satisfies Record<string, MetricDeclaration>

export interface DeclaredSeries {
  readonly metric: MetricDeclaration
  /** A series of a histogram counts on like a counter. */
  readonly isCounter: boolean
  readonly labels: ReadonlySet<string>
}

/** What Prometheus adds to each series. */
const OF_SCRAPE = ['job', 'instance']

/** The metrics of each scrape job, and the labels that all of them have. */
const SETS: readonly { metrics: Record<string, MetricDeclaration>; labels: readonly string[] }[] = [
  { metrics: SERVICE_METRICS, labels: [...OF_SCRAPE, 'instance_name'] },
  { metrics: RUNTIME_METRICS, labels: [...OF_SCRAPE, 'instance_name'] },
  { metrics: HARNESS_METRICS, labels: OF_SCRAPE },
  { metrics: HAPROXY_METRICS, labels: OF_SCRAPE },
  { metrics: SCRAPE_METRICS, labels: OF_SCRAPE },
]

/** By the name of the series: that of the metric, or with `_bucket`, `_sum` and `_count` those of a histogram. */
export const DECLARED_SERIES: ReadonlyMap<string, DeclaredSeries> = new Map(
  SETS.flatMap(({ metrics, labels }) => Object.values(metrics).flatMap(metric => seriesOf(metric, labels))),
)

/** Names of all declared metrics. */
export const DECLARED_METRICS: readonly string[] = [
  ...new Set([...DECLARED_SERIES.values()].map(({ metric }) => metric.name)),
]

function seriesOf(metric: MetricDeclaration, ofAll: readonly string[]): [string, DeclaredSeries][] {
  const labels = [...ofAll, ...metric.labels]
  if (metric.type !== 'histogram') {
    return [[metric.name, { metric, isCounter: metric.type === 'counter', labels: new Set(labels) }]]
  }
  return [
    [`${metric.name}_bucket`, { metric, isCounter: true, labels: new Set([...labels, 'le']) }],
    [`${metric.name}_sum`, { metric, isCounter: true, labels: new Set(labels) }],
    [`${metric.name}_count`, { metric, isCounter: true, labels: new Set(labels) }],
  ]
}
