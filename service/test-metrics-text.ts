/** Test support: what a scrape got, taken apart. */

export interface ScrapedMetric {
  readonly type: string
  readonly help: string
  /** Their names, sorted; without `instance_name`, and without `le` of a histogram. */
  readonly labels: readonly string[]
  /** Lines without their values. */
  readonly series: readonly string[]
}

const LINE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? \S+$/

/** By name. Throws on a line that is none of Prometheus' text. */
export function metricsIn(text: string): Map<string, ScrapedMetric> {
  const metrics = new Map<string, { type: string; help: string; labels: string[]; series: string[] }>()
  const of = (name: string) => {
    const known = metrics.get(name) ?? { type: '', help: '', labels: [], series: [] }
    metrics.set(name, known)
    return known
  }
  for (const line of text.split('\n').filter(each => each !== '')) {
    const [, kind, named, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') of(named!).help = rest!
    else if (kind === 'TYPE') of(named!).type = rest!
    else {
      const [, name, labels = ''] = LINE.exec(line) ?? []
      if (name === undefined) throw new Error(`not a line of metrics: ${line}`)
      const metric = of(metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))
      metric.series.push(line.slice(0, line.lastIndexOf(' ')))
      const names = [...labels.matchAll(/([a-z_]+)="/g)].map(([, label]) => label!)
      for (const label of names) if (!metric.labels.includes(label)) metric.labels.push(label)
    }
  }
  const isOwn = (label: string, type: string) => label !== 'instance_name' && !(label === 'le' && type === 'histogram')
  return new Map(
    [...metrics].map(([name, metric]) => [
      name,
      { ...metric, labels: metric.labels.filter(label => isOwn(label, metric.type)).sort() },
    ]),
  )
}
