/** From samples and judgement to text: the same tables for the terminal and for RESULTS.md. Pure. */

import type { Judged } from './judgement.ts'
import type { MeasurementName, Sample } from './sample.ts'
import { spreadOf } from './statistics.ts'

/** One table for each value of a measurement that is worth one. */
interface ShownValue {
  readonly value: string
  readonly title: string
  /** What the numbers are divided by. */
  readonly per: number
  readonly digits: number
}

const SHOWN: Readonly<Record<MeasurementName, readonly ShownValue[]>> = {
  'fan-out': [{ value: 'deliveriesPerSecond', title: 'thousands of deliveries a second', per: 1000, digits: 0 }],
  'cross-instance': [
    {
      value: 'p50Ms',
      title: 'p50 in ms, from the intended send on one instance to the receivers on the other',
      per: 1,
      digits: 2,
    },
    { value: 'p99Ms', title: 'p99 in ms', per: 1, digits: 2 },
  ],
  'idle-memory': [
    { value: 'kiBPerConnection', title: 'KiB of resident memory per idle connection', per: 1, digits: 1 },
  ],
  'open-loop': [
    { value: 'deliveriesPerSecond', title: 'thousands of deliveries a second that were held', per: 1000, digits: 0 },
  ],
  generator: [
    { value: 'deliveriesPerCpuSecond', title: 'thousands of deliveries received per CPU second', per: 1000, digits: 0 },
    { value: 'rssMB', title: 'resident memory in MB', per: 1, digits: 0 },
  ],
  growth: [
    { value: 'cpuUsPerDelivery', title: 'CPU time of the server per delivery, in µs', per: 1, digits: 2 },
    { value: 'ratio', title: 'highest over lowest', per: 1, digits: 2 },
  ],
  scrape: [
    { value: 'percentOfCore', title: '% of a core at one scrape in 5 s', per: 1, digits: 3 },
    { value: 'cpuMsPerScrape', title: 'CPU time of a scrape in ms', per: 1, digits: 2 },
    { value: 'textBytes', title: 'bytes of a scrape', per: 1, digits: 0 },
  ],
}

/** Above this share others used so much of the server's core that the numbers are not to be trusted. */
const FOREIGN_SHARE_MAX = 0.1
/** Of a cell that was measured so. */
const DISTURBED_MARK = '!'

/** A table in Markdown, its columns padded so that it can be read as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows
  return [line(head!), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n')
}

/** Subjects down, points across; in each cell the median, the range over the rounds, the core that was saturated, and a mark where others disturbed. */
function valueTable(samples: readonly Sample[], { value, per, digits }: ShownValue): string | null {
  const having = samples.filter(({ values }) => values[value] !== undefined)
  if (having.length === 0) return null
  const points = [...new Set(having.map(({ point }) => point))]
  const subjects = [...new Set(having.map(({ subject }) => subject))].sort()
  const cell = (subject: string, point: string) => {
    const here = having.filter(sample => sample.subject === subject && sample.point === point)
    const spread = spreadOf(here.map(({ values }) => values[value] ?? Number.POSITIVE_INFINITY))
    if (spread === null) return '–'
    const [median, min, max] = [spread.median, spread.min, spread.max].map(number => format(number / per, digits))
    const saturated = mostFrequent(here.map(sample => sample.saturated).filter(core => core !== null))
    const words = [`${median} (${min}–${max})`, saturated, isDisturbed(here) ? DISTURBED_MARK : null]
    return words.filter(word => word !== null).join(' ')
  }
  return table([['', ...points], ...subjects.map(subject => [subject, ...points.map(point => cell(subject, point))])])
}

/** All tables of one measurement, each under its title. */
export function measurementTables(name: MeasurementName, samples: readonly Sample[]): string {
  const own = samples.filter(({ measurement }) => measurement === name)
  const tables = SHOWN[name].flatMap(shown => {
    const text = valueTable(own, shown)
    return text === null ? [] : [`${shown.title}\n\n${text}`]
  })
  return tables.join('\n\n')
}

export function targetTable(judged: readonly Judged[]): string {
  const head = ['target', 'median', 'range', 'rounds', 'needed', '', 'aim', '']
  const rows = judged.map(({ target, spread, outcome, isAimMet }) => {
    const { unit, better, limit, aim } = target
    const show = (number: number) => format(number, digitsOf(unit)) + unit
    const bound = (number: number | null) =>
      number === null ? '–' : `${better === 'higher' ? '≥' : '≤'} ${show(number)}`
    return [
      target.row,
      spread === null ? '–' : show(spread.median),
      spread === null ? '–' : `${show(spread.min)} – ${show(spread.max)}`,
      String(spread?.count ?? 0),
      bound(limit),
      outcome === 'aim only' ? '' : outcome,
      bound(aim),
      isAimMet === null ? '' : isAimMet ? 'reached' : 'not reached',
    ]
  })
  return table([head, ...rows])
}

/** What others had of the server's core in the median of these rounds; null where that was not read. */
function foreignShare(samples: readonly Sample[]): number | null {
  const shares = samples.map(({ values }) => values.foreign).filter(share => typeof share === 'number')
  return spreadOf(shares)?.median ?? null
}

function isDisturbed(samples: readonly Sample[]): boolean {
  return (foreignShare(samples) ?? 0) > FOREIGN_SHARE_MAX
}

/** A sentence where somebody else was at work on the server's core at some point, else null. */
export function disturbance(samples: readonly Sample[]): string | null {
  const byPoint = Map.groupBy(samples, ({ measurement, subject, point }) => `${measurement} ${subject} ${point}`)
  const shares = [...byPoint.values()].map(foreignShare).filter(share => share !== null)
  const disturbed = shares.filter(share => share > FOREIGN_SHARE_MAX)
  if (disturbed.length === 0) return null
  const percent = (share: number) => `${Math.round(share * 100)} %`
  return `At ${disturbed.length} of ${shares.length} points, marked ${DISTURBED_MARK}, others used more than ${percent(FOREIGN_SHARE_MAX)} of the server's core (${percent(Math.max(...disturbed))} at most): measure again on a quiet machine.`
}

/** With thousands separated; what is not finite was never reached. */
function format(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '∞'
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function digitsOf(unit: string): number {
  return unit === '×' || unit === '%' ? 2 : 0
}

function mostFrequent(words: readonly string[]): string | null {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const [first] = [...counts].sort(([, one], [, other]) => other - one)
  return first?.[0] ?? null
}
