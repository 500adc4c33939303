/**
 * A result as text for people, in k6's order: what was limited first, then what happened, the verdict last.
 */

import type { LatencyPeriod, LatencySummary } from '../checkers/latency.ts'
import { LATENCY_KINDS, type LatencyKind } from '../scenario/measures.ts'
import type { BudgetStatus, Counts, FaultResult, GeneratorResult, NoiseResult } from '../verdict/judgement.ts'
import {
  actualText,
  isOutOfScope,
  limitText,
  OUT_OF_SCOPE,
  originText,
  samplesText,
  statusNote,
} from './budget-text.ts'
import { alignColumns } from './columns.ts'
import { faultTimes, recoveryLines } from './fault-text.ts'
import { breakdownLines, brokenFinding, exampleLines } from './finding-text.ts'
import { EXAMPLES_SHOWN_MAX, httpExampleLines, httpLines } from './http-lines.ts'
import { counted, grouped, knownMilliseconds, percent, QUANTILE_HEADS, quantileCells } from './numbers.ts'
import { pauseLines } from './pause-text.ts'
import type { RunResult } from './result.ts'
import { scopedName, sizeText, WHO_JUDGES_THE_LOAD } from './run-text.ts'

export interface TerminalOptions {
  /** The run's folder, as the user should see it. */
  readonly folder: string
  /** Path of `report.html`, likewise. Null: it was not written. */
  readonly report: string | null
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

/** The whole report, ending with a line feed. */
export function renderTerminal(result: RunResult, { useColours, ...places }: TerminalOptions): string {
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
    verdictLines(result, places, paint),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint('bold', title), ...lines.map(line => `  ${line}`)]
}

function titleOf(result: RunResult, paint: Paint): string[] {
  return [`${paint('bold', scopedName(result))}: ${sizeText(result)}`]
}

function budgetLines(result: RunResult, paint: Paint): string[] {
  const { budgets } = result
  if (budgets.length === 0) return []
  const tellsOrigin = budgets.some(budget => originText(budget) !== '')
  const titles = ['', 'measure', 'phase', 'actual', 'limit', 'measured on', ...(tellsOrigin ? ['limit from'] : [])]
  const head = titles.map(title => paint('dim', title))
  const rows = budgets.map(budget => {
    const { measure, phase, status } = budget
    const { mark, colour } = MARKS[status]
    if (isOutOfScope(budget, result)) {
      const why = paint('dim', OUT_OF_SCOPE)
      return [
        paint('dim', '-'),
        measure,
        phase,
        '',
        limitText(budget),
        why,
        ...(tellsOrigin ? [originText(budget)] : []),
      ]
    }
    const actual = actualText(budget)
    const note = statusNote(budget)
    return [
      paint(colour, mark),
      measure,
      phase,
      status === 'fail' ? paint('red', actual) : actual,
      limitText(budget),
      samplesText(budget) + (note === '' ? '' : paint('yellow', `, ${note}`)),
      ...(tellsOrigin ? [originText(budget)] : []),
    ]
  })
  return alignColumns([head, ...rows], ['left', 'left', 'left', 'right', 'right', 'left', 'left'])
}

/** `hadClients`: of the run's own, of whom it knows whether they recovered. */
function faultLines(fault: FaultResult, hadClients: boolean): string[] {
  const lines = [`${fault.kind} ${fault.target}: ${faultTimes(fault)}`, `  seen: ${fault.evidence || 'nothing'}`]
  return fault.status === 'fired' && hadClients
    ? [...lines, ...recoveryLines(fault.recovery).map(line => `  ${line}`)]
    : lines
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
    ['faults', value(fired), list('uncleanDrains', 'slowReadersWithoutCode')],
    ['', '', list('reconnectsPerSecondMax', 'connectsFailed')],
  ]
  const more = [...generatorLines(generator), ...memoryLines(result), ...pauseLines(result.redisPauses)]
  return [...alignColumns(rows, ['left', 'right']), ...more]
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
  return budgets.flatMap(budget => {
    const finding = brokenFinding(budget, findings)
    if (finding === null) return []
    const shown = finding.examples.slice(0, EXAMPLES_SHOWN_MAX)
    return [
      section(
        `${finding.measure}: ${shown.length} of ${counted(finding.count, 'case')}`,
        [...breakdownLines(finding.breakdown), ...shown.flatMap(exampleLines)],
        paint,
      ),
    ]
  })
}

function verdictLines(
  result: RunResult,
  { folder, report }: Omit<TerminalOptions, 'useColours'>,
  paint: Paint,
): string[] {
  const { verdict, seed, command, scope } = result
  const about = scope === undefined ? '' : `, ${scope}: ${WHO_JUDGES_THE_LOAD}`
  const word = paint(VERDICT_COLOURS[verdict], verdict) + about
  return [
    `folder:  ${folder}`,
    ...(report === null ? [] : [`report:  ${report}`]),
    `seed:    ${seed} (it reproduces the plan, not the interleaving)`,
    `again:   ${command}`,
    `verdict: ${word}`,
  ]
}
