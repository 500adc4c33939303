import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Screen, type ScreenStream } from './screen.ts'
import { TestTerminal } from './test-terminal.ts'

/** A stream to a terminal, which puts a carriage return before each line feed as the kernel does. */
class TerminalStream extends EventEmitter implements ScreenStream {
  readonly isTTY = true
  columns: number
  rows: number
  readonly terminal: TestTerminal

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
    this.terminal = new TestTerminal(columns, rows)
  }

  write(text: string): void {
    this.terminal.write(text.replaceAll('\n', '\r\n'))
  }

  hasColors(): boolean {
    return false
  }

  /** The terminal first, as its user does it; the program hears of it later. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.terminal.settled()
    this.terminal.resize(columns, rows)
    this.columns = columns
    this.rows = rows
    this.emit('resize')
  }
}

beforeEach(() => {
  // The terminal needs the others.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  for (const view of views.splice(0)) view[Symbol.dispose]()
  vi.useRealTimers()
})
const views: Disposable[] = []

/** Fills the width: whatever is left of it after a change is seen. */
function frame(height: number) {
  return ({ columns }: { columns: number }) =>
    Array.from({ length: height }, (_, line) => `view ${line} ${'='.repeat(200)}`.slice(0, columns - 1))
}

function shownFrame(height: number, columns: number): string[] {
  return frame(height)({ columns })
}

function open(columns: number, rows: number, height = 5) {
  const stream = new TerminalStream(columns, rows)
  const screen = new Screen(stream, { TERM: 'xterm-256color' })
  screen.print('before')
  const view = screen.show(frame(height))
  views.push(view)
  return { stream, screen, view, terminal: stream.terminal }
}

describe('the view', () => {
  test('is below what was printed, and what is printed later scrolls above it', async () => {
    const { screen, terminal, view } = open(60, 12)
    expect(await terminal.shown()).toEqual(['before', ...shownFrame(5, 60)])
    expect(terminal.isCursorShown).toBe(false)
    for (let line = 1; line <= 20; line++) screen.print(`line ${line}`)
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`)
    expect(await terminal.everything()).toEqual(['before', ...lines, ...shownFrame(5, 60)])
    view[Symbol.dispose]()
    screen.print('after')
    expect(await terminal.everything()).toEqual(['before', ...lines, 'after'])
    expect(terminal.isCursorShown).toBe(true)
  })

  test('is drawn anew in its place', async () => {
    let drawn = 0
    const stream = new TerminalStream(40, 10)
    using _view = new Screen(stream, { TERM: 'xterm' }).show(() => [
      `drawn ${++drawn}`,
      ...Array(drawn % 3).fill('more'),
    ])
    vi.advanceTimersByTime(1000)
    expect(await stream.terminal.everything()).toEqual(['drawn 5', 'more', 'more'])
    vi.advanceTimersByTime(250)
    expect(await stream.terminal.everything()).toEqual(['drawn 6'])
  })

  test('leaves lines that are longer than the terminal is wide whole', async () => {
    const { screen, terminal } = open(30, 12)
    screen.print('x'.repeat(70))
    expect(await terminal.shown()).toEqual([
      'before',
      'x'.repeat(30),
      'x'.repeat(30),
      'x'.repeat(10),
      ...shownFrame(5, 30),
    ])
  })

  test('is cut where it is higher than the terminal', async () => {
    const { terminal, stream } = open(30, 20, 12)
    await stream.resize(30, 6)
    expect(await terminal.shown()).toEqual(shownFrame(5, 30))
    await stream.resize(30, 20)
    expect(await terminal.shown()).toEqual(shownFrame(12, 30))
  })
})

describe('after a change of size no torn line remains', () => {
  test.each([
    ['narrower', [[40, 24]]],
    ['wider', [[120, 24]]],
    ['lower', [[80, 9]]],
    ['higher', [[80, 50]]],
    [
      'narrower and back',
      [
        [33, 24],
        [80, 24],
      ],
    ],
    [
      'much narrower and low, and back',
      [
        [20, 10],
        [100, 30],
      ],
    ],
    ['step by step', Array.from({ length: 40 }, (_, step) => [80 - step, 24])],
    [
      'to and fro',
      [
        [40, 8],
        [120, 40],
        [25, 24],
        [25, 7],
        [81, 24],
      ],
    ],
  ] as const)('%s', async (_, sizes) => {
    const { stream, screen, terminal } = open(80, 24)
    for (let line = 1; line <= 30; line++) screen.print(`line ${line}`)
    for (const [index, [columns, rows]] of sizes.entries()) {
      await stream.resize(columns!, rows!)
      screen.print(`size ${index}`)
      vi.advanceTimersByTime(500)
      const shown = await terminal.shown()
      const height = Math.min(5, rows! - 1)
      expect(shown.slice(-height), `at ${columns}x${rows}`).toEqual(shownFrame(height, columns!))
      const above = shown.slice(0, -height).filter(line => line !== '')
      expect(above.filter(line => !/^(before|line \d+|size \d+)$/.test(line))).toEqual([])
      if (rows! > height + 1) expect(above.at(-1)).toBe(`size ${index}`)
    }
  })

  test('and what was printed is all there, each line once', async () => {
    const { stream, screen, terminal, view } = open(80, 24)
    const sizes = [
      [66, 24],
      [66, 20],
      [100, 20],
      [100, 26],
      [58, 22],
      [80, 24],
    ] as const
    for (let line = 1; line <= 60; line++) {
      screen.print(`line ${line}`)
      if (line % 10 === 0) await stream.resize(sizes[line / 10 - 1]![0], sizes[line / 10 - 1]![1])
    }
    view[Symbol.dispose]()
    const expected = ['before', ...Array.from({ length: 60 }, (_, index) => `line ${index + 1}`)]
    expect(await terminal.everything()).toEqual(expected)
  })

  test('also where nothing is printed while the edge is dragged to and fro', async () => {
    const { stream, terminal } = open(80, 24, 8)
    for (let step = 0; step < 120; step++) {
      await stream.resize(60 + Math.round(30 * Math.sin(step / 4)), 24 - (step % 5))
      vi.advanceTimersByTime(250)
      const shown = (await terminal.shown()).filter(line => line !== '' && line !== 'before')
      expect(shown, `step ${step}`).toEqual(shownFrame(8, stream.columns))
    }
  })
})

describe('whether the screen can be redrawn', () => {
  const terminal = new TerminalStream(80, 24)
  test.each([
    [{ TERM: 'xterm' }, true],
    [{ TERM: 'xterm', CI: '' }, true],
    [{ TERM: 'xterm', CI: 'false' }, true],
    [{ TERM: 'xterm', NO_COLOR: '1' }, true],
    [{ TERM: 'xterm', CI: 'true' }, false],
    [{ TERM: 'xterm', CI: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('%j: %s', (environment, expected) => {
    expect(new Screen(terminal, environment).canRedraw).toBe(expected)
  })

  test('not in a pipe', () => {
    const pipe: ScreenStream = { write: () => true, on: () => {}, off: () => {} }
    expect(new Screen(pipe, { TERM: 'xterm' }).canRedraw).toBe(false)
  })
})
