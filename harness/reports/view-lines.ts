/** Lines of styled text that fit into a width: rows of labelled cells, in columns where there is room and packed where there is not. */

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export interface Span {
  readonly text: string
  readonly style?: Style
}

/** What stays together: "sent 196/s". */
export type Cell = readonly Span[]

export interface Row {
  readonly label: string
  readonly cells: readonly Cell[]
  /** Drawn beside the cells where there is room. */
  readonly curve?: Curve
}

export interface Curve {
  /** The newest last. */
  readonly values: readonly number[]
  /** How the highest of them is told. */
  readonly told: (highest: number) => string
}

const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }
/** Narrower, and labels stand in the line instead of in a column. */
const COLUMNS_WIDE = 64
const LABEL_COLUMNS = 11
const CURVE_COLUMNS_MIN = 8
/** For what the highest value is. */
const CURVE_TOP_COLUMNS = 14
const CURVE_COLUMNS_MAX = 40
/** Where curves begin, so that they stand under each other. */
const CURVE_AT_COLUMN = 62
const CURVE_STEPS = '▁▂▃▄▅▆▇█'

export function isWide(width: number): boolean {
  return width >= COLUMNS_WIDE
}

/** A row in as many lines as it takes. */
export function linesOf({ label, cells, curve }: Row, width: number): Span[][] {
  const wide = isWide(width)
  const gap = wide ? '   ' : '  '
  const head: Span[] = [{ text: wide ? label.padEnd(LABEL_COLUMNS) : `${label} `, style: 'dim' }]
  const lines: Span[][] = [head]
  for (const [index, cell] of cells.entries()) {
    const padded = wide && index < cells.length - 1 ? paddedTo(cell, columnOf(index)) : cell
    const line = lines.at(-1)!
    if (index > 0 && widthOf(line) + gap.length + widthOf(cell) > width) lines.push([{ text: '  ' }, ...padded])
    else line.push(...(index === 0 ? [] : [{ text: gap }]), ...padded)
  }
  const last = lines.at(-1)!
  const blank = CURVE_AT_COLUMN - widthOf(last)
  if (wide && curve !== undefined && lines.length === 1 && blank > 0) {
    last.push({ text: ' '.repeat(blank) }, ...curveSpans(curve, width - CURVE_AT_COLUMN))
  }
  return lines
}

/** So that what changes its length does not move what stands beside it. */
function columnOf(index: number): number {
  return index === 0 ? 18 : 20
}

export function indented(cell: Cell, width: number): Span[] {
  return [{ text: ' '.repeat(isWide(width) ? LABEL_COLUMNS : 0) }, ...cell]
}

/** From nothing to the highest value, which is told. None without room, or without values that could make one. */
function curveSpans({ values, told }: Curve, columns: number): Span[] {
  const columnsOfCurve = Math.min(columns - CURVE_TOP_COLUMNS, CURVE_COLUMNS_MAX)
  const shown = values.slice(-columnsOfCurve)
  const highest = Math.max(0, ...shown)
  if (columnsOfCurve < CURVE_COLUMNS_MIN || shown.length < 2 || highest === 0) return []
  const step = (value: number) => CURVE_STEPS[Math.round((value / highest) * (CURVE_STEPS.length - 1))]
  return [
    { text: shown.map(step).join(''), style: 'cyan' },
    { text: ` max ${told(highest)}`, style: 'dim' },
  ]
}

function paddedTo(cell: Cell, columns: number): Span[] {
  return [...cell, { text: ' '.repeat(Math.max(0, columns - widthOf(cell))) }]
}

export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((total, { text }) => total + text.length, 0)
}

/** To the width, with a sign of it. */
export function cut(line: readonly Span[], width: number): Span[] {
  if (widthOf(line) <= width) return [...line]
  const kept: Span[] = []
  let room = width - 1
  for (const span of line) {
    if (room <= 0) break
    kept.push({ ...span, text: span.text.slice(0, room) })
    room -= span.text.length
  }
  return width < 1 ? [] : [...kept, { text: '…' }]
}

/** Neighbours of one style are painted together. Blanks at the end are left out. */
export function painted(line: readonly Span[], useColours: boolean): string {
  const text = line.map(span => span.text).join('')
  if (!useColours || text === '') return text.trimEnd()
  let out = ''
  for (const [index, { text, style }] of line.entries()) {
    const isSame = index > 0 && line[index - 1]!.style === style
    if (!isSame && index > 0) out += '\x1b[0m'
    out += isSame || style === undefined ? text : `\x1b[${CODES[style]}m${text}`
  }
  return `${out}\x1b[0m`
}
