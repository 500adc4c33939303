/**
 * `npm run mutants`: proves that each checker catches its bug. Prints the matrix of mutants and measures and writes it to `docs/mutants.md`. With
 * `-- --ledger` it takes the mutants of ledgers alone, which needs seconds, and leaves what the page says of the service; with names after `--` it
 * runs those mutants alone, once more where they have been run, and writes no page.
 *
 * Resumable: what has run at this revision stands in `runs/mutants/<revision>.jsonl`; delete the file to begin anew. Exit codes: 0 every mutant is
 * caught · 1 one is not · 2 bad usage · 130 interrupted.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interruption } from '../interruption.ts'
import { listScenarios } from '../scenario/catalogue.ts'
import { suggestion } from '../scenario/nearest.ts'
import { judgeMutants, runName } from './judge-mutants.ts'
import { LEDGER_MUTANTS, type LedgerMutant } from './ledger-mutants.ts'
import { ledgerOutcomes } from './ledger-outcomes.ts'
import { type MatrixFacts, renderMatrix, renderPage, renderSection, serviceSectionOf, summaryLine } from './matrix.ts'
import type { Mutant } from './mutant.ts'
import { type MutantRun, runScenarioOn, SCENARIOS_FOLDER } from './mutant-run.ts'
import type { MutantOutcome } from './outcome.ts'
import { MUTANTS_FOLDER } from './patched-service.ts'
import { RunMemory } from './run-memory.ts'
import { SERVICE_MUTANTS } from './service-mutants.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')
const PAGE = join('docs', 'mutants.md')
const LEDGER_FLAG = '--ledger'

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

interface Chosen {
  readonly service: readonly Mutant[]
  readonly ledger: readonly LedgerMutant[]
}

/** Null where a name is not that of a mutant; why is told. */
function chosenMutants(names: readonly string[]): Chosen | null {
  const all = [...SERVICE_MUTANTS, ...LEDGER_MUTANTS].map(({ name }) => name)
  const unknown = names.filter(name => !all.includes(name))
  for (const name of unknown) process.stderr.write(`no mutant is called "${name}".${suggestion(name, all)}\n`)
  if (unknown.length > 0) process.stderr.write(`there are: ${all.join(', ')}\n`)
  const isChosen = ({ name }: { readonly name: string }) => names.length === 0 || names.includes(name)
  if (unknown.length > 0) return null
  return { service: SERVICE_MUTANTS.filter(isChosen), ledger: LEDGER_MUTANTS.filter(isChosen) }
}

/** Of mutants that were asked for by name, nothing is taken from before but that the service as it ships has passed. */
function forgetChosen(memory: RunMemory, mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    memory.forget(runName(mutant.scenario, mutant))
    const shipped = runName(mutant.scenario, null)
    if (memory.runs.get(shipped)?.verdict !== 'pass') memory.forget(shipped)
  }
}

async function runChosen(mutants: readonly Mutant[], memory: RunMemory): Promise<MutantOutcome[] | null> {
  using interruption = new Interruption(why => print(`${why}: healing and clearing away …`))
  const abort = interruption.signal
  const onRun = (name: string, run: MutantRun) => {
    memory.add(name, run)
    print(`${name}: ${[run.verdict, ...run.broken, ...run.because].join(', ')} (${run.seconds} s)`)
  }
  const outcomes = await judgeMutants(mutants, { run: runScenarioOn, known: memory.runs, onRun, abort })
  return abort.aborted ? null : outcomes
}

/** What the page says of itself is not another revision. */
function revisionOfProject(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: PROJECT_FOLDER, encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--', '.', ':!docs') !== ''
  return git('rev-parse', '--short', 'HEAD') + (isChanged ? '-changed' : '')
}

function savePage(service: string, ledger: string): void {
  writeFileSync(join(PROJECT_FOLDER, PAGE), renderPage(service, ledger))
  print(`written to ${PAGE}`)
}

/** Outcomes of ledgers, and their section of the page. */
async function judgeLedgers(mutants: readonly LedgerMutant[], revision: string) {
  const startMs = performance.now()
  const outcomes = await ledgerOutcomes(mutants)
  const facts: MatrixFacts = {
    date: new Date().toISOString(),
    revision,
    command: `npm run mutants -- ${LEDGER_FLAG}`,
    seconds: Math.ceil((performance.now() - startMs) / 1000),
    abouts: new Map(),
  }
  return { outcomes, section: renderSection('ledger', outcomes, facts) }
}

/** How the mutants of the service were shown. */
async function serviceFacts(memory: RunMemory, revision: string): Promise<MatrixFacts> {
  const seconds = [...memory.runs.values()].reduce((sum, run) => sum + run.seconds, 0)
  const abouts = new Map((await listScenarios(SCENARIOS_FOLDER)).map(({ name, about }) => [name, about]))
  return { date: new Date().toISOString(), revision, command: 'npm run mutants', seconds, abouts }
}

function conclude(outcomes: readonly MutantOutcome[]): number {
  print(summaryLine(outcomes))
  return outcomes.every(({ isCaught }) => isCaught) ? 0 : 1
}

async function mainOfLedgers(): Promise<number> {
  const { outcomes, section } = await judgeLedgers(LEDGER_MUTANTS, revisionOfProject())
  print(`\n${renderMatrix(outcomes)}\n`)
  savePage(serviceSectionOf(readFileSync(join(PROJECT_FOLDER, PAGE), 'utf8')), section)
  return conclude(outcomes)
}

async function main(names: readonly string[]): Promise<number> {
  if (names.length === 1 && names[0] === LEDGER_FLAG) return mainOfLedgers()
  const chosen = chosenMutants(names)
  if (chosen === null) return 2
  const revision = revisionOfProject()
  const memory = new RunMemory(join(MUTANTS_FOLDER, `${revision}.jsonl`))
  if (names.length > 0) forgetChosen(memory, chosen.service)
  const ofLedger = await judgeLedgers(chosen.ledger, revision)
  const ofService = await runChosen(chosen.service, memory)
  if (ofService === null) return 130
  const outcomes = [...ofService, ...ofLedger.outcomes]
  print(`\n${renderMatrix(outcomes)}\n`)
  if (names.length === 0) {
    savePage(renderSection('service', ofService, await serviceFacts(memory, revision)), ofLedger.section)
  }
  return conclude(outcomes)
}

process.exitCode = await main(process.argv.slice(2))
