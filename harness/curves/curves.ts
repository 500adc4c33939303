/**
 * What a run looked like over time: the form of `curves.json`, which `docs/curves.md` describes. Reports draw it, and comparisons lay two of
 * them over each other. Whoever changes a field in meaning, or removes one, raises the schema.
 *
 * Times are milliseconds of the run's clock, 0 at the end of the warm-up. A series has one element for each step; step i begins at
 * `fromMs + i * stepMs`. Null is *nobody measured that*, never 0.
 */

export const CURVES_SCHEMA = 1
export const CURVES_FILE = 'curves.json'

export interface Curves {
  readonly schema: typeof CURVES_SCHEMA
  /** Length of a step: whole seconds, one unless the run was very long. */
  readonly stepMs: number
  /** When the first step begins: negative, the warm-up. */
  readonly fromMs: number
  /** In milliseconds, by the step of the intended time of the send. */
  readonly latencyMs: Readonly<Record<CurveKind | 'sendLag', LatencyCurves>>
  /** By when it happened; the mean of a step that is longer than a second. */
  readonly perSecond: {
    /** Messages handed to the client machine. */
    readonly sent: Series
    readonly acked: Series
    /** Deliveries after the clients' own de-duplication. */
    readonly delivered: Series
  }
  /** The fewest clients that were connected at any moment of the step. */
  readonly connected: Series
  /** Deliveries that were owed and not there yet at the end of the step. What is lost stays in it to the end. */
  readonly outstanding: Series
  /** In the plan's order. */
  readonly instances: readonly InstanceLane[]
  /** Of the load without its warm-up. */
  readonly percentiles: Readonly<Record<CurveKind, readonly PercentilePoint[]>>
}

/** What is timed from a send to its effect: `cross` and `same` are deliveries, `ack` is the acknowledgement. */
export type CurveKind = 'cross' | 'same' | 'ack'

export type Series = readonly (number | null)[]

export interface LatencyCurves {
  readonly p50: Series
  readonly p99: Series
  readonly max: Series
  /** Samples; 0 where there were none. */
  readonly count: readonly number[]
}

/**
 * Percentile (0 to 99.99) and milliseconds, both rising. Dense towards 100, as an axis of 1 / (100 - percentile) wants it. A percentile beyond
 * which fewer than ten samples lie is left out, so that the list is empty where there are hardly any.
 */
export type PercentilePoint = readonly [percentile: number, ms: number]

export interface InstanceLane {
  readonly name: string
  /** Without holes and overlaps, from the beginning of the first step to the end of the last. */
  readonly spans: readonly InstanceSpan[]
}

export interface InstanceSpan {
  readonly fromMs: number
  readonly toMs: number
  readonly state: InstanceState
}

/**
 * What the run's faults made of an instance. `draining`: told to go, and not gone. `down`: no process. `starting`: it runs, and is not known to
 * be ready. `paused`: frozen. Whatever nobody did is not seen here: an instance that ends by itself makes the run invalid instead.
 */
export type InstanceState = 'up' | 'draining' | 'down' | 'starting' | 'paused'
