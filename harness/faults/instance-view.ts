/** What an instance tells of itself, asked past every proxy. */

import { METRIC_NAMES } from '../../service/metric-names.ts'
import type { Cluster, InstanceAddress } from '../cluster/cluster.ts'
import { httpGet } from '../http-get.ts'
import type { VisitedAddress } from '../visitors/visitors.ts'

const ANSWER_MS_MAX = 2_000

export function addressOf({ instances }: Pick<Cluster, 'instances'>, name: string): InstanceAddress {
  const address = instances.find(instance => instance.name === name)
  if (address === undefined) throw new Error(`The cluster has no instance ${name}.`)
  return address
}

/** Where visitors go: past any proxy. */
export function visitedAddress({ host, directPort: port }: InstanceAddress): VisitedAddress {
  return { host, port }
}

/** Sum over the series whose labels contain `labels`, as in `code="4409"`; 0 where there is none, null where nobody answered. */
export async function readMetric(
  { host, metricsPort }: InstanceAddress,
  metric: keyof typeof METRIC_NAMES,
  labels = '',
): Promise<number | null> {
  const got = await httpGet({ host, port: metricsPort, path: '/metrics', msMax: ANSWER_MS_MAX })
  if (got?.status !== 200) return null
  const name = METRIC_NAMES[metric]
  const series = got.body.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return series
    .filter(line => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
