/**
 * Standard output: lines, and at its end, where it is a terminal, a view that is drawn anew in its place. What is printed meanwhile
 * scrolls by above the view.
 *
 * The cursor rests, hidden, on the line below the view. After a change of the terminal's width the old view takes as many lines as the
 * terminal has broken it into, and that many are wiped out; decision 30 tells why no library does it.
 */

import { stripVTControlCharacters } from 'node:util'

/** What of a terminal's stream is needed; `process.stdout` is one. */
export interface ScreenStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  hasColors?(count: number, environment: object): boolean
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

export interface ViewSize {
  readonly columns: number
  readonly rows: number
  readonly useColours: boolean
}

/** Lines of at most `columns - 1` characters and at most `rows - 1` of them; what is more is not shown. Colour codes take no room. */
export type DrawView = (size: ViewSize) => readonly string[]

type Environment = Readonly<Record<string, string | undefined>>

const DRAWN_EVERY_MS = 250
/** Where a terminal does not say. */
const COLUMNS_USUAL = 80
const ROWS_USUAL = 24
/** Enough to fill the highest terminal. */
const LINES_KEPT = 300

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** What is between is shown at once, by terminals that know of it. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'
const CLEAR_TO_LINE_END = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const HOME = '\x1b[H'

export class Screen {
  readonly #stream: ScreenStream
  readonly #environment: Environment
  #view: View | null = null

  constructor(stream: ScreenStream = process.stdout, environment: Environment = process.env) {
    this.#stream = stream
    this.#environment = environment
  }

  /** Whether a view can be redrawn: not in a pipe, not in continuous integration, not on a terminal that can only print. */
  get canRedraw(): boolean {
    const { CI = '', TERM } = this.#environment
    return this.#stream.isTTY === true && TERM !== 'dumb' && ['', '0', 'false'].includes(CI)
  }

  get useColours(): boolean {
    return this.#stream.isTTY === true && this.#stream.hasColors?.(16, this.#environment) === true
  }

  /** One line or several, above the view where there is one. */
  readonly print = (text: string): void => {
    if (this.#view === null) this.#stream.write(`${text}\n`)
    else this.#view.print(text)
  }

  /** Shows what `draw` gives until it is disposed of, or the process ends. One at a time, and only where {@link canRedraw}. */
  show(draw: DrawView): Disposable {
    const reflows = doesReflow(this.#environment)
    const view = new View(this.#stream, size => draw({ ...size, useColours: this.useColours }), reflows)
    this.#view = view
    return {
      [Symbol.dispose]: () => {
        view.end()
        this.#view = null
      },
    }
  }
}

/** Whether the terminal breaks its lines anew when its width changes. Nearly all do; those that do not can be told by their names. */
function doesReflow({ TERM = '', TMUX, XTERM_VERSION }: Environment): boolean {
  return XTERM_VERSION === undefined && (TMUX !== undefined || !/^(linux|screen|rxvt|st)/.test(TERM))
}

/** The view as it lies on the screen. */
interface Drawn {
  /** Of its lines. */
  readonly widths: readonly number[]
  readonly columns: number
  readonly rows: number
}

interface Size {
  readonly columns: number
  readonly rows: number
}

/** The view while it is shown. */
class View {
  readonly #stream: ScreenStream
  readonly #draw: (size: Size) => readonly string[]
  readonly #reflows: boolean
  readonly #timer: NodeJS.Timeout
  #drawn: Drawn | null = null
  /** Printed while the view was there, the newest last. */
  #printed: string[] = []
  /** Lines below the cursor, as far as they were emptied by this view. */
  #emptyBelow = 0
  /** A part of an old view has left the screen at its upper end, and comes back when the terminal grows. */
  #isPartAbove = false

  constructor(stream: ScreenStream, draw: (size: Size) => readonly string[], reflows: boolean) {
    this.#stream = stream
    this.#draw = draw
    this.#reflows = reflows
    this.#timer = setInterval(this.#redraw, DRAWN_EVERY_MS)
    stream.on('resize', this.#redraw)
    process.on('exit', this.#leave)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGQUIT', this.#quit)
    this.#redraw()
  }

  print(text: string): void {
    this.#redrawBelow(`${text}\n`)
    this.#printed = [...this.#printed, ...text.split('\n')].slice(-LINES_KEPT)
  }

  /** Wipes the view out. */
  end(): void {
    this.#leave()
    clearInterval(this.#timer)
    this.#stream.off('resize', this.#redraw)
    process.off('exit', this.#leave)
    process.off('SIGTSTP', this.#suspend)
    process.off('SIGQUIT', this.#quit)
    process.off('SIGCONT', this.#redraw)
  }

  readonly #redraw = (): void => this.#redrawBelow('')

  /** `text`: of whole lines, which stay. */
  #redrawBelow(text: string): void {
    const size = this.#size()
    const lines = this.#draw(size).slice(0, size.rows - 1)
    const wiped = this.#isPartAbove && this.#hasGrown(size) ? this.#repaint(size) : this.#wipe(size, text)
    const view = lines.map(line => `${line}${CLEAR_TO_LINE_END}\n`).join('')
    this.#stream.write(`${BEGIN_UPDATE}${HIDE_CURSOR}${wiped}${text}${view}${CLEAR_BELOW}${END_UPDATE}`)
    this.#emptyBelow = Math.max(0, this.#emptyBelow - lines.length)
    this.#drawn = { widths: lines.map(widthOf), ...size }
  }

  /** Goes to the beginning of the old view, and clears it where the new one will not lie exactly on it. */
  #wipe(size: Size, text: string): string {
    const height = this.#heightIn(size)
    const isResized = this.#isResized(size)
    if (isResized) {
      this.#emptyBelow = Math.max(0, this.#emptyBelow + Math.min(0, size.rows - this.#drawn!.rows))
      // Where there are empty lines below the cursor, it does not go down when the lines above it are broken: they go up, off the screen.
      if (height > size.rows - 1 - this.#emptyBelow) this.#isPartAbove = true
    }
    const printed = text === '' ? [] : text.slice(0, -1).split('\n')
    const filled = printed.reduce((total, line) => total + linesOf(widthOf(line), size.columns), 0)
    this.#emptyBelow = Math.min(size.rows - 1, Math.max(0, this.#emptyBelow + height - filled))
    return goUp(height) + (isResized || text !== '' ? CLEAR_BELOW : '')
  }

  #isResized({ columns, rows }: Size): boolean {
    return this.#drawn !== null && (columns !== this.#drawn.columns || rows !== this.#drawn.rows)
  }

  #hasGrown({ columns, rows }: Size): boolean {
    return this.#drawn !== null && (columns > this.#drawn.columns || rows > this.#drawn.rows)
  }

  /** How many lines the view takes that lies on the screen. */
  #heightIn({ columns }: Size): number {
    if (this.#drawn === null) return 0
    const { widths, columns: columnsBefore } = this.#drawn
    const isBroken = this.#reflows && columns < columnsBefore
    return widths.reduce((total, width) => total + (isBroken ? linesOf(width, columns) : 1), 0)
  }

  /** The whole screen anew, from what was printed last. */
  #repaint({ columns, rows }: Size): string {
    this.#isPartAbove = false
    const left: string[] = []
    let height = this.#drawn!.widths.length + 1
    for (const line of this.#printed.toReversed()) {
      height += linesOf(widthOf(line), columns)
      if (height > rows) break
      left.unshift(`${line}\n`)
    }
    this.#emptyBelow = rows - height
    return `${HOME}${CLEAR_BELOW}${left.join('')}`
  }

  readonly #leave = (): void => {
    this.#stream.write(`${goUp(this.#heightIn(this.#size()))}${CLEAR_BELOW}${SHOW_CURSOR}`)
    this.#drawn = null
  }

  /** Ctrl-Z: the shell that comes to the front gets its cursor back. */
  readonly #suspend = (): void => {
    this.#leave()
    process.once('SIGCONT', this.#redraw)
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #quit = (): void => {
    this.end()
    process.kill(process.pid, 'SIGQUIT')
  }

  #size(): Size {
    // A terminal that does not know its size says 0.
    return { columns: this.#stream.columns || COLUMNS_USUAL, rows: this.#stream.rows || ROWS_USUAL }
  }
}

/** To the beginning of the line that is so many above. */
function goUp(lines: number): string {
  return lines === 0 ? '\r' : `\x1b[${lines}A\r`
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length
}

/** On the screen. */
function linesOf(width: number, columns: number): number {
  return Math.max(1, Math.ceil(width / columns))
}
