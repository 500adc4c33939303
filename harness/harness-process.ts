/** Test support: runs the harness as its users do, as a process of its own, and looks at what it leaves. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunResult } from './reports/result.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')

export interface HarnessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Standard output and error together. */
  readonly output: string
}

export class HarnessProcess {
  readonly child: ChildProcess
  readonly ended: Promise<HarnessEnd>
  output = ''

  /** `npm`: as `npm run scenario …` would; else the harness alone. `project`: the folder of another one than this. */
  constructor(
    args: readonly string[],
    how: 'npm' | 'alone' = 'alone',
    environment: Record<string, string> = {},
    project = PROJECT_FOLDER,
  ) {
    const options = { cwd: project, env: { ...process.env, ...environment } }
    this.child =
      how === 'alone'
        ? spawn(process.execPath, ['harness/main.ts', ...args], options)
        : spawn('npm', ['run', '--silent', args[0]!, ...args.slice(1, 2), '--', ...args.slice(2)], options)
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', chunk => {
        this.output += String(chunk)
      })
    }
    this.ended = new Promise(resolve => {
      this.child.once('close', (exitCode, signal) => resolve({ exitCode, signal, output: this.output }))
    })
  }

  /** Resolves once the output has that text; throws where the process ends or the time is over before. */
  async waitFor(text: string, msMax = 60_000): Promise<void> {
    const deadlineMs = performance.now() + msMax
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`"${text}" was not in the output:\n${this.output}`)
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

/** Runs the harness to its end. */
export function runHarness(...args: readonly string[]): Promise<HarnessEnd> {
  return new HarnessProcess(args).ended
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tuesday-run-'))
}

export function readResult(folder: string): RunResult {
  return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as RunResult
}
