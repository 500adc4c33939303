/**
 * How a run stands, as a few lines that are drawn anew in place: wide ones in columns with curves, narrow ones packed. Pure. No line is
 * longer than the terminal is wide.
 */

import type { LoadRates } from './load-window.ts'
import { grouped, milliseconds, percent } from './numbers.ts'
import type { ViewSize } from './screen.ts'
import {
  type Cell,
  cut,
  indented,
  isWide,
  linesOf,
  painted,
  type Row,
  type Span,
  type Style,
  widthOf,
} from './view-lines.ts'

export type LiveFaultState = 'to-come' | 'injecting' | 'active' | 'over' | 'not-fired' | 'not-healed'

export interface LiveFault {
  /** As "kill-instance chat-2". */
  readonly name: string
  readonly state: LiveFaultState
  /** Planned, after the end of the warm-up. */
  readonly atSeconds: number
  /** Since its state began. */
  readonly forSeconds: number
  /** Between its effect and its healing; null: it does not heal, or has done its work at once. */
  readonly lastsSeconds: number | null
}

export interface LiveSnapshot {
  readonly scenario: string
  /** The step of the run: "warm-up", "load", "settling" … */
  readonly phase: string
  /** Of the phase. */
  readonly phaseSeconds: number
  /** Of the phase; null: nobody knows how long it takes. */
  readonly progress: { readonly share: number; readonly told: string } | null
  /** From the beginning of the load to its end; null: it is not going on. */
  readonly loadSeconds: { readonly at: number; readonly of: number } | null
  /** After the end of the warm-up; null before the load has a time. */
  readonly atSeconds: number | null
  readonly faults: readonly LiveFault[]
  /** Null before there are load workers. */
  readonly load: LiveLoad | null
}

export interface LiveLoad {
  readonly clients: number
  readonly clientsConnected: number
  readonly outstanding: number
  readonly overdue: number
  readonly rates: LoadRates
  /** Null: there is no HTTP load. */
  readonly httpErrors: number | null
  /** Of the busiest load worker. */
  readonly eventLoopUtilization: number
  /** Second by second, the newest last. */
  readonly deliveredBySecond: readonly number[]
  readonly crossP99MsBySecond: readonly (number | null)[]
}

/** Of faults under way, and of those to come. */
const FAULTS_SHOWN_MAX = 3
/** Wider is no better to read. */
const COLUMNS_MAX = 110
/** Left empty where there is room for it: what is not there cannot be broken while somebody drags the terminal's edge. */
const MARGIN_COLUMNS = 8
const COLUMNS_WITHOUT_MARGIN = 60
const BAR_COLUMNS_MIN = 8

/** Of all faults that are shown beside each other. */
const MARKS: Record<LiveFaultState, { readonly mark: string; readonly style: Style }> = {
  'to-come': { mark: '◇', style: 'dim' },
  injecting: { mark: '◆', style: 'yellow' },
  active: { mark: '◆', style: 'red' },
  over: { mark: '◆', style: 'green' },
  'not-fired': { mark: '✗', style: 'yellow' },
  'not-healed': { mark: '✗', style: 'red' },
}

/** Begins with an empty line, which keeps it apart from what is printed above. */
export function liveView(snapshot: LiveSnapshot, { columns, rows, useColours }: ViewSize): string[] {
  // Nothing in the last column, where terminals differ in what comes next.
  const width = Math.min(columns - 1, Math.max(COLUMNS_WITHOUT_MARGIN, columns - MARGIN_COLUMNS), COLUMNS_MAX)
  const lines = [headOf(snapshot, width), ...rowsOf(snapshot).flatMap(row => linesOf(row, width))]
  const generator = snapshot.load === null ? [] : linesOf(generatorRow(snapshot.load), width)
  // One for the empty line, and one for the cursor.
  const room = rows - 2 - lines.length - generator.length
  const faults = faultCells(snapshot, room).map(cell => indented(cell, width))
  const all = [[], ...lines, ...faults, ...generator]
  return all.slice(0, Math.max(1, rows - 1)).map(line => painted(cut(line, width), useColours))
}

// Rows ----------------------------------------------------------------------------------------------------------------

/** Name, phase, bar, and how far it is. */
function headOf({ scenario, phase, phaseSeconds, progress, loadSeconds, faults }: LiveSnapshot, width: number): Span[] {
  const lead: Span[] = [
    ...(isWide(width) ? [{ text: `${scenario}  `, style: 'bold' as const }] : []),
    { text: phase, style: isWide(width) ? 'cyan' : 'bold' },
  ]
  if (progress === null) return [...lead, { text: `  ${wholeSeconds(phaseSeconds)}`, style: 'dim' }]
  const tail = `  ${progress.told}`
  const barColumns = width - widthOf(lead) - 2 - tail.length
  if (barColumns < BAR_COLUMNS_MIN) return [...lead, { text: tail }]
  const marked = loadSeconds === null ? [] : faults
  return [...lead, { text: '  ' }, ...bar(progress.share, barColumns, marked, loadSeconds?.of ?? 1), { text: tail }]
}

/** With a mark at each fault's time. */
function bar(share: number, columns: number, faults: readonly LiveFault[], ofSeconds: number): Span[] {
  const done = Math.round(Math.min(1, Math.max(0, share)) * columns)
  const spans: Span[] = Array.from({ length: columns }, (_, column) =>
    column < done ? { text: '━', style: 'cyan' } : { text: '┄', style: 'dim' },
  )
  for (const { atSeconds, state } of faults) {
    const { mark, style } = MARKS[state]
    const column = Math.min(columns - 1, Math.floor((atSeconds / ofSeconds) * columns))
    spans[column] = { text: mark, style }
  }
  return spans
}

function rowsOf({ load, faults, atSeconds }: LiveSnapshot): Row[] {
  const rows: Row[] = []
  if (load !== null) {
    const { rates, clients, clientsConnected, outstanding, overdue } = load
    const away = clients - clientsConnected
    rows.push({
      label: 'clients',
      cells: [
        [{ text: `${grouped(clientsConnected)} of ${grouped(clients)} connected` }],
        ...(away === 0 ? [] : [[{ text: `${grouped(away)} away`, style: 'yellow' as const }]]),
      ],
    })
    rows.push({
      label: 'messages',
      cells: [value('sent', perSecond(rates.sent)), value('acked', perSecond(rates.acked))],
    })
    rows.push({
      label: 'deliveries',
      cells: [
        value('', perSecond(rates.delivered)),
        value('outstanding', grouped(outstanding)),
        ...(overdue === 0 ? [] : [[{ text: `overdue ${grouped(overdue)}`, style: 'red' as const }]]),
      ],
      curve: { values: load.deliveredBySecond, told: perSecond },
    })
    rows.push({
      label: 'across',
      cells: [value('p50', known(rates.crossP50Ms)), value('p99', known(rates.crossP99Ms))],
      curve: { values: load.crossP99MsBySecond.map(ms => ms ?? 0), told: known },
    })
    if (load.httpErrors !== null) {
      const errors = `errors ${grouped(load.httpErrors)}`
      const style = load.httpErrors === 0 ? {} : { style: 'red' as const }
      rows.push({
        label: 'http',
        cells: [value('answered', perSecond(rates.httpAnswered)), [{ text: errors, ...style }]],
      })
    }
  }
  if (faults.length > 0 && atSeconds !== null) rows.push(faultRow(faults))
  return rows
}

function faultRow(faults: readonly LiveFault[]): Row {
  const count = (...states: LiveFaultState[]) => faults.filter(({ state }) => states.includes(state)).length
  const failed = count('not-fired', 'not-healed')
  return {
    label: 'faults',
    cells: [
      value('fired', grouped(count('active', 'over', 'not-healed'))),
      value('to come', grouped(count('to-come'))),
      ...(failed === 0 ? [] : [[{ text: `failed ${failed}`, style: 'red' as const }]]),
    ],
  }
}

function generatorRow({ eventLoopUtilization, rates }: LiveLoad): Row {
  return {
    label: 'generator',
    cells: [value('busy', percent(eventLoopUtilization)), value('send lag p99', known(rates.sendLagP99Ms))],
  }
}

/** Those under way, then those that come next. */
function faultCells({ faults, atSeconds }: LiveSnapshot, linesMax: number): Cell[] {
  if (atSeconds === null) return []
  const underWay = faults.filter(({ state }) => state === 'injecting' || state === 'active')
  const toCome = faults.filter(({ state }) => state === 'to-come').sort((one, other) => one.atSeconds - other.atSeconds)
  const shown = [...underWay.slice(0, FAULTS_SHOWN_MAX), ...toCome.slice(0, FAULTS_SHOWN_MAX)]
  return shown.slice(0, Math.max(0, linesMax)).map(fault => faultCell(fault, atSeconds))
}

function faultCell({ name, state, atSeconds, forSeconds, lastsSeconds }: LiveFault, nowSeconds: number): Cell {
  const { mark, style } = MARKS[state]
  const head = [{ text: `${mark} `, style }, { text: `${name}  ` }]
  if (state === 'to-come') {
    const waits = nowSeconds > atSeconds
    return [
      ...head,
      { text: waits ? 'waits for others to be up' : `in ${countdown(atSeconds - nowSeconds)}`, style: 'dim' },
    ]
  }
  if (state === 'injecting') return [...head, { text: 'injecting', style }]
  const of = lastsSeconds === null ? '' : ` of ${countdown(lastsSeconds)}`
  const isHealing = lastsSeconds !== null && forSeconds >= lastsSeconds
  return [...head, { text: isHealing ? 'healing' : `for ${countdown(forSeconds)}${of}`, style }]
}

// Words ---------------------------------------------------------------------------------------------------------------

function value(name: string, shown: string): Cell {
  return [...(name === '' ? [] : [{ text: `${name} `, style: 'dim' as const }]), { text: shown }]
}

function perSecond(rate: number): string {
  return `${grouped(Math.round(rate))}/s`
}

function known(ms: number | null): string {
  return ms === null ? '-' : `${milliseconds(ms)} ms`
}

function wholeSeconds(seconds: number): string {
  return `${Math.max(0, Math.floor(seconds))} s`
}

/** "75 s" is read at once, "12 min 40 s" better than 760 s. */
function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
