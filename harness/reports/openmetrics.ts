/**
 * `result.openmetrics`: a result as metrics, in the text format of OpenMetrics 1.0
 * (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md). Prometheus' older format reads it as well: `UNIT` and
 * `EOF` are comments there, and there are neither counters nor types that it does not know. So the file can be given to node_exporter's
 * textfile collector, whose files end in `.prom`, or pushed to a Pushgateway.
 */

import type { LatencySummary } from '../checkers/latency.ts'
import type { LatencyKind } from '../scenario/measures.ts'
import { EXIT_CODES } from '../verdict/judgement.ts'
import { isOutOfScope } from './budget-text.ts'
import { withoutControls } from './control-characters.ts'
import {
  LATENCY_KIND_LABELS,
  RESULT_METRICS,
  type ResultMetricDeclaration,
  type ResultMetricName,
} from './metric-names.ts'
import type { RunResult } from './result.ts'

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** With a summary: how many there were. Such a sample has no quantile. */
  readonly suffix?: '_count'
}

const MIB = 2 ** 20
/** As OpenMetrics writes numbers in labels: never without a point. */
const QUANTILES = { p50: '0.5', p90: '0.9', p99: '0.99', p999: '0.999', max: '1.0' } as const
const RECOVERY_STEPS = {
  detectMs: 'detect',
  reconnectMs: 'reconnect',
  firstCrossMs: 'first_cross',
  steadyMs: 'steady',
} as const

/** What each metric has; one without samples is left out. */
const SAMPLES: Readonly<Record<ResultMetricName, (result: RunResult) => readonly Sample[]>> = {
  run: ({ seed, environment: { node, redis, os } }) => [{ labels: { seed, node, redis, os }, value: 1 }],
  verdict: ({ verdict }) =>
    Object.keys(EXIT_CODES).map(name => ({ labels: { verdict: name }, value: flag(name === verdict) })),
  startedAt: ({ startedAt }) => [{ labels: {}, value: Date.parse(startedAt) / 1000 }],
  duration: ({ durationsSeconds }) =>
    Object.entries(durationsSeconds).map(([step, value]) => ({ labels: { step }, value })),
  size: ({ size: { instances, rooms, clients, messages }, scope }) =>
    Object.entries(scope === undefined ? { instances, rooms, clients, messages } : { instances }).map(
      ([of, value]) => ({ labels: { of }, value }),
    ),
  budgetHeld: result =>
    budgetsInScope(result).map(({ measure, phase, status }) => ({
      labels: { measure, phase, status },
      value: flag(status === 'pass'),
    })),
  budgetLimit: result =>
    budgetsInScope(result).map(({ measure, phase, limit }) => ({ labels: { measure, phase }, value: limit })),
  budgetActual: result =>
    budgetsInScope(result).flatMap(({ measure, phase, actual }) => known({ measure, phase }, actual)),
  budgetSamples: result =>
    budgetsInScope(result).map(({ measure, phase, samples }) => ({ labels: { measure, phase }, value: samples })),
  counted: ({ counts, http }) => {
    const ofHttp =
      http === null ? {} : { httpErrors: http.httpErrors, httpLost: http.httpLost, httpDuplicated: http.httpDuplicated }
    return Object.entries({ ...counts, ...ofHttp }).flatMap(([measure, count]) => known({ measure }, count))
  },
  latency: ({ latencyMs }) =>
    Object.entries(latencyMs).flatMap(([phase, kinds]) =>
      Object.entries(kinds).flatMap(([kind, latency]) =>
        summary({ phase, kind: LATENCY_KIND_LABELS[kind as LatencyKind] }, latency),
      ),
    ),
  httpLatency: ({ http }) =>
    http === null ? [] : Object.entries(http.paths).flatMap(([path, { latencyMs }]) => summary({ path }, latencyMs)),
  noiseFloor: ({ generator: { noiseFloorMs } }) => (noiseFloorMs === null ? [] : quantiles({}, noiseFloorMs)),
  faultFired: ({ faults }) =>
    faults.map(({ kind, target, status }, fault) => ({
      labels: { fault, kind, target },
      value: flag(status === 'fired'),
    })),
  recovery: ({ faults, scope }) =>
    (scope === undefined ? faults : []).flatMap(({ kind, target, recovery }, fault) =>
      Object.entries(RECOVERY_STEPS).flatMap(([field, step]) =>
        known({ fault, kind, target, step }, inSeconds(recovery[field as keyof typeof RECOVERY_STEPS])),
      ),
    ),
  generatorSaturated: ({ generator, scope }) =>
    scope === undefined ? [{ labels: {}, value: flag(generator.saturated) }] : [],
  generatorUtilization: ({ generator }) => known({}, generator.eventLoopUtilization),
  memoryGrowth: ({ memory }) =>
    (memory ?? []).map(({ instance, growthMiB }) => ({ labels: { instance }, value: Math.round(growthMiB * MIB) })),
}

/** Where others made the load, a budget on it has neither held nor broken. */
function budgetsInScope(result: RunResult): RunResult['budgets'] {
  return result.budgets.filter(budget => !isOutOfScope(budget, result))
}

/** The whole file, ending with a line feed. A run that is not judged as a whole has its scope as one more label everywhere. */
export function renderOpenMetrics(result: RunResult): string {
  const { scenario, driver, scope } = result
  const ofRun = { scenario, driver, ...(scope === undefined ? {} : { scope }) }
  const families = Object.entries<ResultMetricDeclaration>(RESULT_METRICS).flatMap(([metric, declaration]) =>
    familyLines(declaration, SAMPLES[metric as ResultMetricName](result), ofRun),
  )
  return [...families, '# EOF', ''].join('\n')
}

function familyLines(
  { name, type, unit, help }: ResultMetricDeclaration,
  samples: readonly Sample[],
  ofRun: Readonly<Record<string, string>>,
): string[] {
  if (samples.length === 0) return []
  const lines = samples.map(({ labels, value, suffix = '' }) => {
    return `${name}${suffix}${labelsText({ ...ofRun, ...labels })} ${numberText(value)}`
  })
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...lines,
  ]
}

function labelsText(labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
  return `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return withoutControls(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** Nanoseconds are more than anybody measures here. */
function numberText(value: number): string {
  return String(Number(value.toFixed(9)))
}

function summary(labels: Sample['labels'], latency: LatencySummary): Sample[] {
  return latency.count === 0 ? [] : [...quantiles(labels, latency), { labels, value: latency.count, suffix: '_count' }]
}

/** `latencyMs`: quantiles by name; null where there is none. */
function quantiles(
  labels: Sample['labels'],
  latencyMs: Partial<Record<keyof typeof QUANTILES, number | null>>,
): Sample[] {
  return Object.entries(QUANTILES).flatMap(([name, quantile]) =>
    known({ ...labels, quantile }, inSeconds(latencyMs[name as keyof typeof QUANTILES] ?? null)),
  )
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

function known(labels: Sample['labels'], value: number | null): Sample[] {
  return value === null ? [] : [{ labels, value }]
}

function flag(isSo: boolean): number {
  return isSo ? 1 : 0
}
