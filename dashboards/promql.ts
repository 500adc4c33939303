/** The few forms of query that the panels are made of. Metrics come as declarations, so that a misspelt name does not compile. */

import type { MetricDeclaration } from '../service/metric-names.ts'
import { BALANCER_PROXIES, JOBS } from './jobs.ts'

/** Grafana's own variables: at least four scrapes for a rate; the whole time that is looked at. */
const RATE_INTERVAL = '$__rate_interval'
const RANGE = '$__range'

/** Which series of a histogram; none for other metrics. */
export type Series = '' | '_bucket' | '_sum' | '_count'

/** A metric of the instances that are chosen at the top of the dashboard. `matchers` such as `outcome="accepted"`. */
export function service({ name }: MetricDeclaration, matchers: readonly string[] = [], series: Series = ''): string {
  return selector(`${name}${series}`, [`job="${JOBS.service}"`, 'instance_name=~"$instance"', ...matchers])
}

/** A metric of the harness. */
export function harness({ name }: MetricDeclaration, matchers: readonly string[] = [], series: Series = ''): string {
  return selector(`${name}${series}`, [`job="${JOBS.harness}"`, ...matchers])
}

/** A metric of HAProxy, for what it listens on or what it hands over to. */
export function balancer(
  { name }: MetricDeclaration,
  proxy: keyof typeof BALANCER_PROXIES,
  matchers: readonly string[] = [],
): string {
  return selector(name, [`job="${JOBS.balancer}"`, `proxy="${BALANCER_PROXIES[proxy]}"`, ...matchers])
}

/** How fast a counter rises, per second. */
export function rate(counter: string): string {
  return `rate(${counter}[${RATE_INTERVAL}])`
}

/** By how much a counter has risen over the time that is looked at. */
export function increaseOverRange(counter: string): string {
  return `increase(${counter}[${RANGE}])`
}

export function sum(expression: string): string {
  return `sum(${expression})`
}

export function sumBy(labels: string, expression: string): string {
  return `sum by (${labels}) (${expression})`
}

/** For gauges: an instance that was started again elsewhere is two targets for a moment, which must not be added. */
export function maxBy(labels: string, expression: string): string {
  return `max by (${labels}) (${expression})`
}

/** A quantile over all series of a histogram's `_bucket`, or for each value of `labels`. */
export function quantile(q: number, buckets: string, labels = ''): string {
  const by = labels === '' ? 'le' : `le, ${labels}`
  return `histogram_quantile(${q}, ${sumBy(by, rate(buckets))})`
}

function selector(name: string, matchers: readonly string[]): string {
  return `${name}{${matchers.join(',')}}`
}
