/**
 * Test support: a project with scenarios of its own, and with a service that a test may change. It is a copy within `runs/`, so that its
 * packages are those of this one.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HarnessEnd, HarnessProcess } from './harness-process.ts'
import type { Scenario } from './scenario/scenario.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')
const PARTS = ['client', 'harness', 'service', 'Dockerfile', 'package.json', 'package-lock.json']

export class TestProject implements AsyncDisposable {
  readonly folder: string
  readonly #processes: HarnessProcess[] = []

  constructor(scenarios: Readonly<Record<string, Scenario>>) {
    mkdirSync(join(PROJECT_FOLDER, 'runs'), { recursive: true })
    this.folder = mkdtempSync(join(PROJECT_FOLDER, 'runs', 'project-'))
    for (const part of PARTS) {
      const isNoTest = (path: string) => !path.endsWith('.test.ts')
      cpSync(join(PROJECT_FOLDER, part), join(this.folder, part), { recursive: true, filter: isNoTest })
    }
    mkdirSync(join(this.folder, 'scenarios'))
    for (const [name, scenario] of Object.entries(scenarios)) {
      const text = `export default ${JSON.stringify(scenario, null, 2)}\n`
      writeFileSync(join(this.folder, 'scenarios', `${name}.ts`), text)
    }
  }

  /** Throws where the text is not there any more, so that no test is about a change that was not made. */
  changeService(file: string, from: string, to: string): void {
    const path = join(this.folder, 'service', file)
    const source = readFileSync(path, 'utf8')
    if (!source.includes(from)) throw new Error(`${file} has no "${from}" that could be changed`)
    writeFileSync(path, source.replace(from, to))
  }

  /** A run whose folder is `out`, started by npm or alone. */
  start(scenario: string, driver: string, out: string, how: 'npm' | 'alone' = 'alone'): HarnessProcess {
    const harness = new HarnessProcess(
      ['scenario', scenario, '--driver', driver, '--seed', '7', '--out', join(this.folder, out)],
      how,
      {},
      this.folder,
    )
    this.#processes.push(harness)
    return harness
  }

  run(scenario: string, driver: string, out: string): Promise<HarnessEnd> {
    return this.start(scenario, driver, out).ended
  }

  /** Ends what still runs: a harness that is asked to go heals and clears away. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#processes) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
