/**
 * `npm run scenario <name> -- --repeat 5 --baseline runs/before`: the same scenario several times, each run in a folder of its own within one, and all of
 * them against runs of before.
 */

import { join } from 'node:path'
import { chooseDriver } from './cluster/start-cluster.ts'
import { identityDifferences } from './compare/comparability.ts'
import { type CompareSurroundings, compareAndReport, refuse } from './compare/compare.ts'
import { overrideFloors } from './compare/floors.ts'
import { openSide, type Side } from './compare/side.ts'
import { spreadLines } from './compare/spread.ts'
import type { Interruption } from './interruption.ts'
import { RUNS_FOLDER, SCENARIO_FOLDER } from './project.ts'
import type { Screen } from './reports/screen.ts'
import { runScenario } from './run.ts'
import { makeFolder, pointLatestTo } from './run-folder.ts'
import { loadBudgets } from './scenario/budgets-file.ts'
import { loadScenario } from './scenario/catalogue.ts'
import { applyOverrides } from './scenario/overrides.ts'
import type { ScenarioCommand } from './scenario-command.ts'
import { FAULTS_AND_SERVICE } from './verdict/judgement.ts'

/**
 * Runs the scenario as often as the command says. Resolves with the exit code: of what failed before what is invalid, 1 where all passed and something is
 * worse than the baseline. Throws what the user has to put right before anything is run.
 */
export async function runScenarios(
  command: ScenarioCommand,
  interruption: Interruption,
  screen: Screen,
  surroundings: CompareSurroundings,
): Promise<number> {
  const { print } = surroundings
  if (command.repeat === 1 && command.baseline === null) return runScenario(command, interruption, screen)
  const floors = overrideFloors(command.floors)
  const baseline = command.baseline === null ? null : openSide(command.baseline, surroundings.runsFolder)
  const { name, asked } = await whatIsAsked(command, baseline)
  const folder = makeFolder({
    within: RUNS_FOLDER,
    name: `${name.replaceAll('/', '-')}${command.repeat === 1 ? '' : `-${command.repeat}-times`}`,
    asked: command.out,
    startedAt: new Date(),
    parts: [],
  })
  const exitCodes: number[] = []
  for (let number = 1; number <= command.repeat; number++) {
    const out = command.repeat === 1 ? folder : join(folder, String(number))
    if (command.repeat > 1) print(`${number === 1 ? '' : '\n'}run ${number} of ${command.repeat}, in ${out}`)
    exitCodes.push(await runScenario({ ...asked, out }, interruption, screen))
    if (command.out === null) pointLatestTo(RUNS_FOLDER, out)
  }
  const fresh = openSide(folder, surroundings.runsFolder)
  if (command.repeat > 1) for (const line of ['', ...spreadLines(fresh.runs.map(run => run.result))]) print(line)
  if (baseline !== null) {
    print('')
    const options = { isForced: command.isForced, asMarkdown: false, showAll: false, out: null }
    exitCodes.push(compareAndReport(baseline, fresh, floors, options, surroundings))
  }
  return worst(exitCodes)
}

/**
 * The seed and the driver are those of the baseline where nobody gave others, so that the plan is the same. Throws `NotComparable` where the runs would be of something else than the
 * baseline, before any time is spent on them.
 */
async function whatIsAsked(command: ScenarioCommand, baseline: Side | null) {
  const loaded = await loadScenario(command.name, SCENARIO_FOLDER)
  const { name, scenario: written, file } = loaded
  const budgets = await loadBudgets(loaded, command.budgetsFile, SCENARIO_FOLDER)
  const scenario = applyOverrides(written, command.overrides, file, budgets)
  if (baseline === null) return { name, asked: command }
  const { result, scenario: before } = baseline.runs[0]!
  const seed = command.isSeedDrawn ? result.seed : command.seed
  const driver = await chooseDriver(command.driver ?? (result.driver as ScenarioCommand['driver']))
  const differences = identityDifferences(
    { scenario: result.scenario, driver: result.driver, seed: result.seed, scope: result.scope, written: before },
    {
      scenario: name,
      driver,
      seed,
      scope: command.load === 'none' ? FAULTS_AND_SERVICE : undefined,
      written: scenario,
    },
  )
  if (!command.isForced) refuse(differences.refused, baseline.name)
  return { name, asked: { ...command, seed, driver } }
}

/** What failed is worse than what proves nothing, and that than what passed. */
function worst(exitCodes: readonly number[]): number {
  return [1, 3].find(code => exitCodes.includes(code)) ?? Math.max(0, ...exitCodes)
}
