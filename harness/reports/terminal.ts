/**
 * A result as text for people, in k6's order: what was limited first, then what happened, the verdict last.
 */

import { type Breakdown, CIRCUMSTANCES, type Example } from '../checkers/finding.ts'
import type { LatencyPeriod, LatencySummary } from '../checkers/latency.ts'
import type { Recovery } from '../checkers/recovery.ts'
import {
  type BudgetName,
  COUNT_MEASURES,
  type CountName,
  HTTP_COUNTS,
  LATENCY_KINDS,
  type LatencyKind,
} from '../scenario/measures.ts'
import type { BudgetStatus, Counts, FaultResult, GeneratorResult, NoiseResult } from '../verdict/judgement.ts'
import { alignColumns } from './columns.ts'
import { EXAMPLES_SHOWN_MAX, httpExampleLines, httpLines } from './http-lines.ts'
import { grouped, knownMilliseconds, milliseconds, percent, QUANTILE_HEADS, quantileCells } from './numbers.ts'
import type { RunResult } from './result.ts'

export interface TerminalOptions {
  /** The run's folder, as the user should see it. */
  readonly folder: string
  /** The caller knows whether this is a terminal, and whether NO_COLOR is set. */
  readonly useColours: boolean
}

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold'
type Paint = (colour: Colour, text: string) => string

const CODES: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }
const MARKS: Record<BudgetStatus, { mark: string; colour: Colour }> = {
  pass: { mark: '✓', colour: 'green' },
  fail: { mark: '✗', colour: 'red' },
  'too-few-samples': { mark: '?', colour: 'yellow' },
  'not-judged': { mark: '?', colour: 'yellow' },
}
const VERDICT_COLOURS = { pass: 'green', fail: 'red', invalid: 'yellow' } as const
const BREAKDOWN_SHOWN_MAX = 8

/** The whole report, ending with a line feed. */
export function renderTerminal(result: RunResult, { folder, useColours }: TerminalOptions): string {
  const paint: Paint = (colour, text) => (useColours ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text)
  const sections = [
    titleOf(result, paint),
    section('budgets', budgetLines(result, paint), paint),
    section('aborted, because', result.abortedBecause === null ? [] : [result.abortedBecause], paint),
    section(
      'invalid, because',
      result.invalidBecause.map(cause => `${paint('yellow', '?')} ${cause}`),
      paint,
    ),
    section(
      'faults',
      result.faults.flatMap(fault => faultLines(fault, result.scope === undefined)),
      paint,
    ),
    section('totals', result.scope === undefined ? totalLines(result) : memoryLines(result), paint),
    section(
      'HTTP beside it, latency in milliseconds, from writing a request to the end of its answer',
      httpLines(result),
      paint,
    ),
    section('latency in milliseconds, from the intended time of the send', latencyLines(result), paint),
    ...exampleSections(result, paint),
    section('httpLost, httpDuplicated: examples', httpExampleLines(result), paint),
    verdictLines(result, folder, paint),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint('bold', title), ...lines.map(line => `  ${line}`)]
}

function titleOf({ scenario, driver, size, scope, connectionsOfOthersMax }: RunResult, paint: Paint): string[] {
  if (scope !== undefined) {
    const instances = `${counted(size.instances, 'instance')} (${driver})`
    const others = `no load of its own in ${size.loadSeconds} s, at most ${counted(connectionsOfOthersMax ?? 0, 'connection')} of others`
    return [`${paint('bold', `${scenario}, ${scope}`)}: ${instances}, ${others}`]
  }
  const what = [
    `${counted(size.instances, 'instance')} (${driver})`,
    `${counted(size.clients, 'client')} in ${counted(size.rooms, 'room')}`,
    `${counted(size.messages, 'message')}, ${size.loadSeconds} s of load`,
  ]
  return [`${paint('bold', scenario)}: ${what.join(', ')}`]
}

function budgetLines({ budgets, scope }: RunResult, paint: Paint): string[] {
  if (budgets.length === 0) return []
  const head = ['', 'measure', 'phase', 'actual', 'limit', 'measured on'].map(title => paint('dim', title))
  const rows = budgets.map(budget => {
    const { measure, phase, limit, status, actual, samples } = budget
    const { mark, colour } = MARKS[status]
    const reached = actual === null ? (status === 'fail' ? 'never' : 'unknown') : withUnit(measure, actual)
    if (status === 'not-judged' && scope !== undefined) {
      const limitText = limitWithUnit(measure, limit)
      return [paint('dim', '-'), measure, phase, '', limitText, paint('dim', 'not judged: there was no load')]
    }
    const note = status === 'too-few-samples' ? ', too few' : status === 'not-judged' ? ', not judged' : ''
    return [
      paint(colour, mark),
      measure,
      phase,
      status === 'fail' ? paint('red', reached) : reached,
      limitWithUnit(measure, limit),
      counted(samples, sampleName(measure)) + paint('yellow', note),
    ]
  })
  return alignColumns([head, ...rows], ['left', 'left', 'left', 'right', 'right', 'left'])
}

function isCount(measure: BudgetName): measure is CountName {
  return measure in COUNT_MEASURES
}

/** What a measure is counted among. Other counts than these are deliveries. */
const SAMPLE_NAMES: Partial<Record<BudgetName, string>> = {
  rejected: 'send',
  unknown: 'send',
  stranded: 'client',
  uncleanDrains: 'stop',
  counterWrong: 'count',
  slowReadersWithoutCode: 'close',
  reconnectsPerSecondMax: 'reconnect',
  httpErrors: 'request',
  httpLost: 'published message',
  httpDuplicated: 'published message',
}

/** By the end of a measure's name. */
const UNITS = [
  ['Ms', ' ms'],
  ['Seconds', ' s'],
  ['MiB', ' MiB'],
] as const

function sampleName(measure: BudgetName): string {
  if (isCount(measure)) return SAMPLE_NAMES[measure] ?? 'owed delivery'
  if (measure in HTTP_COUNTS) return SAMPLE_NAMES[measure]!
  return measure.endsWith('Seconds') ? 'fault' : 'sample'
}

function withUnit(measure: BudgetName, value: number): string {
  if (measure.endsWith('Ms')) return `${milliseconds(value)} ms`
  return limitWithUnit(measure, isCount(measure) ? value : Number(value.toFixed(2)))
}

function limitWithUnit(measure: BudgetName, limit: number): string {
  const [, unit = ''] = UNITS.find(([ending]) => measure.endsWith(ending)) ?? []
  return grouped(limit) + unit
}

/** `hadClients`: of the run's own, of whom it knows whether they recovered. */
function faultLines(fault: FaultResult, hadClients: boolean): string[] {
  const { recovery, firedAtMs, healedAtMs } = fault
  const when =
    firedAtMs === null
      ? `planned at ${seconds(fault.plannedAtMs)}, not fired`
      : `fired at ${seconds(firedAtMs)}, ${healedAtMs === null ? 'not healed' : `healed at ${seconds(healedAtMs)}`}`
  const lines = [`${fault.kind} ${fault.target}: ${when}`, `  seen: ${fault.evidence || 'nothing'}`]
  if (fault.status === 'fired' && hadClients) {
    lines.push(`  ${counted(recovery.clientsHit, 'client')} hit; ${recoverySteps(recovery).join(', ')}`)
  }
  return lines
}

function recoverySteps({ clientsHit, detectMs, reconnectMs, firstCrossMs, steadyMs }: Recovery): string[] {
  const step = (name: string, ms: number | null) => `${name} ${ms === null ? 'never' : `after ${seconds(ms)}`}`
  const ofClients = [step('noticed', detectMs), step('all back', reconnectMs), step('heard across', firstCrossMs)]
  return [...(clientsHit > 0 ? ofClients : []), step('steady again', steadyMs)]
}

function totalLines(result: RunResult): string[] {
  const { counts, generator, size, faults } = result
  const value = (count: number | null) => (count === null ? 'unknown' : grouped(count))
  const list = (...names: (keyof Counts)[]) => names.map(name => `${name} ${value(counts[name])}`).join(', ')
  const fired = faults.filter(({ status }) => status === 'fired').length
  const rows = [
    ['sent', value(counts.sent), list('ok', 'rejected', 'unknown')],
    ['owed', value(counts.obligations), list('lost', 'declaredGaps')],
    ['delivered', value(counts.delivered), list('deliveredAcross', 'late')],
    ['', '', list('duplicated', 'reordered', 'diverged', 'phantom')],
    ['clients', value(size.clients), list('stranded', 'holes', 'duplicatedOnWire', 'counterWrong')],
    ['faults', value(fired), list('uncleanDrains', 'slowReadersWithoutCode', 'reconnectsPerSecondMax')],
  ]
  return [...alignColumns(rows, ['left', 'right']), ...generatorLines(generator), ...memoryLines(result)]
}

function memoryLines({ memory }: RunResult): string[] {
  const grown = (memory ?? []).map(({ instance, usualMiB, highestMiB }) => {
    return `${instance} ${Math.round(usualMiB)} → ${Math.round(highestMiB)} MiB`
  })
  return grown.length === 0 ? [] : [`memory, usual → highest: ${grown.join(', ')}`]
}

function generatorLines({
  sendLagP99Ms,
  eventLoopUtilization,
  handedSends,
  plannedSends,
  noiseFloorMs,
  idleRoundTripMs,
  workers,
}: GeneratorResult): string[] {
  const busy = eventLoopUtilization === null ? '' : `, busy ${percent(eventLoopUtilization)}`
  const share = `${grouped(handedSends)} of ${counted(plannedSends, 'planned send')} handed over`
  const each = workers.map(
    worker => `${worker.worker}: ${knownMilliseconds(worker.sendLagP99Ms)}, ${percent(worker.eventLoopUtilization)}`,
  )
  const noise = (title: string, result: NoiseResult | null) =>
    result === null ? [] : [`${title}: P50 ${knownMilliseconds(result.p50)}, P99 ${knownMilliseconds(result.p99)}`]
  return [
    `generator: ${share}, P99 of its lag ${knownMilliseconds(sendLagP99Ms)}${busy}`,
    ...(each.length < 2 ? [] : [`load workers, P99 of their lag, busy: ${each.join('; ')}`]),
    ...noise('noise floor in the load (a latency near it means nothing)', noiseFloorMs),
    ...noise('round trip that does nothing, before the load', idleRoundTripMs),
  ]
}

function latencyLines({ latencyMs }: RunResult): string[] {
  const periods = Object.keys(latencyMs) as LatencyPeriod[]
  const rows = periods.flatMap(period =>
    (Object.keys(LATENCY_KINDS) as LatencyKind[]).flatMap(kind => {
      const summary = latencyMs[period][kind]
      return summary.count === 0 ? [] : [[period, LATENCY_KINDS[kind], ...latencyCells(summary)]]
    }),
  )
  if (rows.length === 0) return []
  const head = ['phase', 'kind', ...QUANTILE_HEADS, 'count', '']
  return alignColumns([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'])
}

function latencyCells(summary: LatencySummary): string[] {
  const { count, overflow } = summary
  return [...quantileCells(summary), grouped(count), overflow > 0 ? `${grouped(overflow)} over a minute` : '']
}

/** Examples of each count that broke its budget. */
function exampleSections({ budgets, findings }: RunResult, paint: Paint): string[][] {
  return budgets.flatMap(({ measure, status }) => {
    if (status !== 'fail' || !isCount(measure)) return []
    const finding = findings[measure]
    if (finding === undefined || finding.examples.length === 0) return []
    const shown = finding.examples.slice(0, EXAMPLES_SHOWN_MAX)
    return [
      section(
        `${measure}: ${shown.length} of ${counted(finding.count, 'case')}`,
        [...breakdownLines(finding.breakdown), ...shown.flatMap(exampleLines)],
        paint,
      ),
    ]
  })
}

/** Where the cases are, those with the most first. */
function breakdownLines(breakdown: Breakdown): string[] {
  return CIRCUMSTANCES.flatMap(circumstance => {
    const counts = Object.entries(breakdown[circumstance]).sort(([, a], [, b]) => b - a)
    if (counts.length === 0) return []
    const left = counts.length > BREAKDOWN_SHOWN_MAX ? [`${counts.length - BREAKDOWN_SHOWN_MAX} more`] : []
    const shown = counts.slice(0, BREAKDOWN_SHOWN_MAX).map(([name, count]) => `${name} ${grouped(count)}`)
    return [`by ${circumstance}: ${[...shown, ...left].join(', ')}`]
  })
}

function exampleLines(example: Example): string[] {
  const { position, message, client, sender, instance, connection, part } = example
  const where = [
    example.room === null ? null : `room ${example.room}`,
    position === null ? null : `seq ${position.seq} (epoch ${position.epoch})`,
    sender === null ? null : `sent by ${sender}`,
    example.moment === null ? null : `in ${example.moment}`,
    example.fault === null ? null : `during ${example.fault}`,
    instance === null ? null : connection === null ? instance : `on ${instance}, connection ${connection}`,
    part === null ? null : part === 'whole' ? 'of a stream without deliveries' : `at the ${part} of its stream`,
  ]
  const subject = [client, message === null ? null : `message ${message}`].filter(name => name !== null)
  const lead = subject.length === 0 ? '' : `${subject.join(', ')}: `
  return [`${lead}${example.what}`, `  ${where.filter(fact => fact !== null).join(', ')}`]
}

function verdictLines({ verdict, seed, command, scope }: RunResult, folder: string, paint: Paint): string[] {
  const about = scope === undefined ? '' : `, ${scope}: whether the load came through has to be said by who made it`
  const word = paint(VERDICT_COLOURS[verdict], verdict) + about
  return [
    `folder:  ${folder}`,
    `seed:    ${seed} (it reproduces the plan, not the interleaving)`,
    `again:   ${command}`,
    `verdict: ${word}`,
  ]
}

function seconds(ms: number): string {
  return Math.abs(ms) < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${grouped(count)} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
