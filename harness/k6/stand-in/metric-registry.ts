/** The metrics of a test, and thresholds on them. Counters and trends only; no submetrics by tag. */

export type MetricKind = 'counter' | 'trend'

export interface ThresholdResult {
  readonly metric: string
  readonly expression: string
  readonly actual: number
  readonly isKept: boolean
}

interface Declared {
  readonly kind: MetricKind
  readonly samples: number[]
}

/** What k6 takes as a name. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{1,128}$/
const EXPRESSION =
  /^\s*(count|rate|avg|min|max|med|p\((\d+(?:\.\d+)?)\))\s*(<=|>=|<|>|===|==|!=)\s*(-?\d+(?:\.\d+)?)\s*$/

export class MetricRegistry {
  readonly #metrics = new Map<string, Declared>()

  /** The samples of that name, the same for every virtual user. Throws for a name that k6 does not take, and one of another kind. */
  declare(name: string, kind: MetricKind): number[] {
    if (!NAME.test(name)) throw new Error(`"${name}" is no name of a metric`)
    const known = this.#metrics.get(name) ?? { kind, samples: [] }
    if (known.kind !== kind) throw new Error(`${name} is a ${known.kind} already, and no ${kind}`)
    this.#metrics.set(name, known)
    return known.samples
  }

  /** By name: what k6 tells of each. Without samples everything is 0. */
  summary(): Record<string, Readonly<Record<string, number>>> {
    return Object.fromEntries(
      [...this.#metrics].map(([name, { kind, samples }]) => {
        if (kind === 'counter') return [name, { count: sum(samples) }]
        const of = (part: string, quantile = 0) => [part, trendValue(samples, part, quantile)] as const
        const values = [of('med'), of('p(90)', 90), of('p(99)', 99), of('max')]
        return [name, { ...Object.fromEntries(values), samples: samples.length }]
      }),
    )
  }

  /** All of them, as k6 does at the end: a trend without samples has 0 for every value. Throws for what cannot be understood. */
  evaluate(thresholds: Readonly<Record<string, readonly string[]>>): ThresholdResult[] {
    return Object.entries(thresholds).flatMap(([name, expressions]) =>
      expressions.map(expression => {
        const metric = this.#metrics.get(name)
        if (metric === undefined) throw new Error(`there is no metric "${name}" for the threshold ${expression}`)
        const [, part, quantile, comparison, limit] = EXPRESSION.exec(expression) ?? []
        const isOfCounter = part === 'count'
        if (part === undefined || isOfCounter !== (metric.kind === 'counter')) {
          throw new Error(`the threshold "${expression}" on ${name}, a ${metric.kind}, cannot be understood`)
        }
        const actual = isOfCounter ? sum(metric.samples) : trendValue(metric.samples, part, Number(quantile))
        return { metric: name, expression, actual, isKept: compare(actual, comparison!, Number(limit)) }
      }),
    )
  }
}

function sum(samples: readonly number[]): number {
  return samples.reduce((total, value) => total + value, 0)
}

function trendValue(samples: readonly number[], part: string, quantile: number): number {
  if (samples.length === 0) return 0
  const sorted = Float64Array.from(samples).sort()
  if (part === 'min') return sorted[0]!
  if (part === 'max') return sorted.at(-1)!
  if (part === 'avg') return sum(samples) / samples.length
  // Between two samples k6 goes evenly from one to the other.
  const place = (sorted.length - 1) * (part === 'med' ? 0.5 : quantile / 100)
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1)
}

function compare(actual: number, comparison: string, limit: number): boolean {
  switch (comparison) {
    case '<':
      return actual < limit
    case '<=':
      return actual <= limit
    case '>':
      return actual > limit
    case '>=':
      return actual >= limit
    case '!=':
      return actual !== limit
    default:
      return actual === limit
  }
}
