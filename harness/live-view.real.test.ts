/** Runs of the harness on a real pseudo-terminal, looked at as a terminal shows them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { IS_FULL } from './full-tests.ts'
import { newFolder } from './harness-process.ts'
import { TestTerminal } from './reports/test-terminal.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')
/** The load of a run is 300 messages a second, each to nine others. */
const SHORT =
  'steady --instances 2 --clients 40 --rooms 4 --seconds 5 --messages-per-second 300 --driver process'.split(' ')
/** Begins some lines of the view. */
const VIEW = /^(clients|messages|deliveries|across|faults|generator) /

/** Printed above the view. */
const PHASES = ['connecting …', 'load …', 'final reads …']

const { CI: _, NO_COLOR: __, ...ENVIRONMENT } = process.env

/** The harness on a terminal of its own. */
class TerminalRun implements AsyncDisposable {
  readonly terminal: TestTerminal
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  readonly #folder = newFolder()
  raw = ''

  constructor(args: readonly string[], [columns, rows]: readonly [number, number], environment = {}) {
    this.terminal = new TestTerminal(columns, rows)
    const size = [`${columns}`, `${rows}`]
    const harness = [process.execPath, 'harness/main.ts', ...args, '--out', join(this.#folder, 'run')]
    this.child = spawn('python3', ['harness/test-pty.py', ...size, ...harness], {
      cwd: PROJECT_FOLDER,
      env: { ...ENVIRONMENT, TERM: 'xterm-256color', ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text
      this.terminal.write(text)
    })
    this.ended = once(this.child, 'close').then(([code]) => code as number | null)
  }

  type(text: string): void {
    this.child.stdin!.write(`type ${JSON.stringify(text)}\n`)
  }

  /** The terminal's own part of it, then the program hears of it. What it drew before may still be on its way: the third update is one of the new size. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.terminal.settled()
    this.terminal.resize(columns, rows)
    this.child.stdin!.write(`resize ${columns} ${rows}\n`)
    const before = this.#updates()
    await this.until(() => this.#updates() >= before + 3, `three updates after the change to ${columns}x${rows}`)
  }

  #updates(): number {
    return this.raw.split('\x1b[?2026l').length
  }

  async until(condition: (shown: readonly string[]) => boolean, what: string): Promise<readonly string[]> {
    const deadlineMs = performance.now() + 60_000
    for (;;) {
      const shown = await this.terminal.shown()
      if (condition(shown)) return shown
      if (this.child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`waited for ${what}, found:\n${shown.join('\n')}`)
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.type('\x03')
    await this.ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const isUnderLoad = (shown: readonly string[]) => shown.some(line => /\bload\b.*of 5 s/.test(line))
const viewLines = (lines: readonly string[]) => lines.filter(line => VIEW.test(line))
/** Each line of it once, and its last line is there. */
const isOneView = (shown: readonly string[]) => {
  const labels = viewLines(shown).map(line => line.split(' ')[0])
  return new Set(labels).size === labels.length && labels.at(-1) === 'generator'
}

describe('on a terminal', () => {
  it('a view is drawn in place, survives changes of size, and is gone when the report comes', async () => {
    await using run = new TerminalRun(['scenario', ...SHORT], [100, 30])
    const wide = await run.until(isUnderLoad, 'the load')
    expect(run.raw).toContain('\x1b[1msteady')
    expect(viewLines(wide).map(line => line.split(' ')[0])).toEqual([
      'clients',
      'messages',
      'deliveries',
      'across',
      'generator',
    ])
    for (const [columns, rows] of [
      [40, 30],
      [120, 12],
      [40, 14],
      [100, 30],
    ] as const) {
      await run.resize(columns, rows)
      const shown = await run.until(isOneView, `one whole view at ${columns}x${rows}`)
      for (const line of shown) expect(line.length).toBeLessThanOrEqual(columns)
      // In the scrollback, which nobody can repaint, one may stand twice.
      for (const phase of PHASES) expect(shown.filter(line => line === phase).length).toBeLessThanOrEqual(1)
    }
    // What the verdict is depends on the machine.
    expect([0, 3]).toContain(await run.ended)
    const all = await run.terminal.everything()
    expect(viewLines(all)).toEqual([])
    expect(all.at(-1)).toMatch(/^verdict: (pass|invalid)$/)
    expect(run.terminal.isCursorShown).toBe(true)
    for (const phase of PHASES) expect(all).toContain(phase)
  })

  it('Ctrl-C heals, says so above the view, and gives the cursor back', async () => {
    await using run = new TerminalRun(['scenario', ...SHORT], [80, 24])
    await run.until(isUnderLoad, 'the load')
    expect(run.terminal.isCursorShown).toBe(false)
    run.type('\x03')
    expect(await run.ended).toBe(130)
    const all = await run.terminal.everything()
    expect(viewLines(all)).toEqual([])
    expect(all.at(-1)).toMatch(/SIGINT: healing and clearing away …$/)
    expect(run.terminal.isCursorShown).toBe(true)
  })

  it('an error ends the view before it is told, and NO_COLOR is obeyed', async () => {
    const args = ['scenario', ...SHORT, '--redis-url', 'redis://127.0.0.1:1']
    await using run = new TerminalRun(args, [80, 24], { NO_COLOR: '1' })
    expect(await run.ended).toBe(2)
    const all = await run.terminal.everything()
    expect(all.join('\n')).toContain('127.0.0.1:1')
    expect(run.raw).toContain('steady  cluster up')
    expect(run.raw).not.toMatch(/\x1b\[[0-9;]*m/)
    expect(all.join('\n')).not.toContain('steady  cluster up')
    expect(run.terminal.isCursorShown).toBe(true)
  })
})

it.runIf(IS_FULL)('with CI there are plain lines, on a terminal too', async () => {
  await using run = new TerminalRun(['scenario', ...SHORT], [80, 24], { CI: 'true' })
  await run.until(shown => shown.some(line => /^load +\d s {2}clients 40\/40 /.test(line)), 'a line of the load')
  run.type('\x03')
  expect(await run.ended).toBe(130)
  expect(run.raw).not.toMatch(/\x1b\[(\?|\d*[AJK])/)
})
