/**
 * Raises the rate of a scenario's load until a budget breaks, and reports the highest that held. Each rate is a judged run of its own.
 *
 *     npm run find-capacity steady -- --step-seconds 10
 */

import { writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { DriverName } from '../cluster/cluster.ts'
import { runScenarioFile } from '../explore/run-scenario-file.ts'
import { writeScenario } from '../explore/write-regression.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { RUNS_FOLDER, SCENARIO_EXTENSION, SCENARIO_FOLDER } from '../project.ts'
import { readResult } from '../reports/result.ts'
import { makeFolder, openRunFolder, readPlan } from '../run-folder.ts'
import { loadBudgets } from '../scenario/budgets-file.ts'
import { loadScenario } from '../scenario/catalogue.ts'
import { MESSAGES_PER_SECOND_MAX } from '../scenario/fields.ts'
import { applyOverrides, type Overrides } from '../scenario/overrides.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { checkServiceFolder } from '../service-folder.ts'
import { type CapacityFacts, capacityOf, describeCapacity, describeStep, exitCodeOf, triedRates } from './capacity.ts'
import { nextRate } from './search.ts'
import { becauseOf, measuresOf, outcomeOf, type Step } from './step.ts'
import { scenarioAtRate } from './step-scenario.ts'

/** What the command line says. */
export interface CapacitySearch {
  /** Of a scenario, or the path of its file. */
  readonly name: string
  readonly driver: DriverName | null
  /** Of `--driver compose`. Null: found by itself. */
  readonly composeProject: string | null
  /** Neither the rate nor the seconds, which are the search's. */
  readonly overrides: Overrides
  /** Messages per second. Null: the scenario's. */
  readonly from: number | null
  /** Messages per second, beyond which nobody looks. Null: as far as a scenario may go. */
  readonly to: number | null
  readonly stepSeconds: number
  /** How far apart, as a share, the rate that held and the one that did not may be in the end. */
  readonly precision: number
  readonly seed: number
  /** As written, not resolved. Null: a new folder under `runs/`. */
  readonly out: string | null
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
  readonly workers: number | null
}

export interface FindCapacityOptions extends CapacitySearch {
  readonly interruption: AbortSignal
  readonly print: (line: string) => void
}

export const CAPACITY_FILE = 'capacity.json'

/** Resolves with the exit code. Rejects with the interruption's reason, after the present run has healed and what is known was reported. */
export async function findCapacity(options: FindCapacityOptions): Promise<number> {
  const { print, seed, precision, stepSeconds, serviceFolder, interruption } = options
  if (serviceFolder !== null) checkServiceFolder(serviceFolder)
  const loaded = await loadScenario(options.name, SCENARIO_FOLDER)
  const { name, scenario: written, file } = loaded
  const scenario = applyOverrides(written, options.overrides, file, await loadBudgets(loaded, null, SCENARIO_FOLDER))
  const from = options.from ?? scenario.load.messagesPerSecond
  const range = { from, to: Math.max(from, options.to ?? MESSAGES_PER_SECOND_MAX), precision }
  // Before anything is run: what is wrong at the first rate is wrong at all of them.
  validateScenario(scenarioAtRate(name, scenario, from, stepSeconds), file)
  const folder = makeFolder({
    within: RUNS_FOLDER,
    name: `capacity-${name.replaceAll('/', '-')}`,
    startedAt: new Date(),
    asked: options.out,
    parts: ['scenarios', 'runs'],
  })
  print(`finding the capacity of ${name} from ${from}/s, seed ${seed}, in ${shown(folder)}`)
  const facts = { scenario: name, seed, driver: options.driver, ...range, stepSeconds }
  const steps: Step[] = []
  let isInterrupted = true
  try {
    for (let rate = nextRate([], range); rate !== null; rate = nextRate(triedRates(steps), range)) {
      const step = await tryRate(rate, { name, scenario, folder }, options)
      steps.push(step)
      print(`  ${describeStep(step)}`)
      save(folder, facts, steps, true)
      // Nobody knows on which side of the limit such a rate is.
      if (step.outcome === 'not-judged') break
    }
    isInterrupted = interruption.aborted
  } finally {
    report(folder, facts, steps, isInterrupted, print)
  }
  return exitCodeOf(capacityOf(facts, steps, isInterrupted))
}

interface Searched {
  readonly name: string
  readonly scenario: Scenario
  readonly folder: string
}

async function tryRate(
  rate: number,
  { name, scenario, folder }: Searched,
  options: FindCapacityOptions,
): Promise<Step> {
  const { seed, driver, composeProject, serviceFolder, workers, interruption, stepSeconds } = options
  const file = join(folder, 'scenarios', `${rate}${SCENARIO_EXTENSION}`)
  const out = join(folder, 'runs', `${rate}`)
  const atRate = scenarioAtRate(name, scenario, rate, stepSeconds)
  writeScenario(file, atRate)
  const service = serviceFolder === null ? null : resolve(serviceFolder)
  const run = {
    file,
    scenario: atRate,
    seed,
    out,
    driver,
    composeProject,
    serviceFolder: service,
    workers,
    interruption,
  }
  const { outcome } = await runScenarioFile(run)
  const result = readResult(out)
  const step = { rate, folder: relative(folder, out) }
  if (result === null) {
    const because = outcome.is === 'invalid' ? outcome.because : 'the run did not come to its end'
    return {
      ...step,
      outcome: 'not-judged',
      because: [`${because} (see ${join(step.folder, 'output.txt')})`],
      measured: null,
    }
  }
  const { plan } = readPlan(openRunFolder(out))
  const measured = measuresOf(result, plan, await readLedger(out, plan))
  return { ...step, outcome: outcomeOf(result), because: becauseOf(result), measured }
}

function report(
  folder: string,
  facts: CapacityFacts,
  steps: readonly Step[],
  isInterrupted: boolean,
  print: (line: string) => void,
): void {
  const capacity = save(folder, facts, steps, isInterrupted)
  print('')
  for (const line of describeCapacity(capacity)) print(line)
  print(`\n${shown(folder)}: ${CAPACITY_FILE}, and each rate's scenario and run`)
}

/** Also while the search goes on, so that what is known is not lost with it. */
function save(folder: string, facts: CapacityFacts, steps: readonly Step[], isInterrupted: boolean) {
  const capacity = capacityOf(facts, steps, isInterrupted)
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value
  writeFileSync(join(folder, CAPACITY_FILE), `${JSON.stringify(capacity, rounded, 2)}\n`)
  return capacity
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
