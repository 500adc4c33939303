/** Scenario files as explore writes them: those that it runs, and what is left of one that failed, to be kept as a regression. */

import { writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { asCalled } from '../called.ts'
import type { DriverName } from '../cluster/cluster.ts'
import { IS_PACKAGE, MODULE_EXTENSION, PROJECT_FOLDER, SCENARIO_EXTENSION } from '../project.ts'
import { COUNT_MEASURES } from '../scenario/measures.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { OWN_MEASURES } from './run-outcome.ts'
import type { Shrunk } from './shrink.ts'
import { formatScenario } from './source-text.ts'

const SCENARIO_MODULE = join(PROJECT_FOLDER, 'harness', 'scenario', `scenario${MODULE_EXTENSION}`)
/** Where regressions are kept; a file there reaches the scenario type like this. */
export const REGRESSIONS = 'scenarios/regressions'
const IMPORT_FROM_REGRESSIONS = IS_PACKAGE ? 'tuesday' : '../../harness/scenario/scenario.ts'

export interface Regression {
  readonly scenario: Scenario
  /** Of the plan. */
  readonly seed: number
  /** What broke. */
  readonly measure: string
  readonly exploredSeed: number
  readonly exploredRun: number
  readonly probability: Shrunk['probability']
  readonly driver: DriverName | null
}

/** Such as `lost-kill-instance-7-3`; the same for the same run of the same exploration. */
export function regressionName({ measure, scenario, exploredSeed, exploredRun }: Regression): string {
  const kinds = [...new Set((scenario.faults ?? []).map(({ kind }) => kind))]
  const words = measure.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return [words, ...(kinds.length === 0 ? ['no-fault'] : kinds.slice(0, 2)), exploredSeed, exploredRun].join('-')
}

/** Writes `<name>.ts` into the folder, and gives its path. */
export function writeRegression(folder: string, regression: Regression): string {
  const name = regressionName(regression)
  const path = join(folder, `${name}${SCENARIO_EXTENSION}`)
  const calledBy = IS_PACKAGE ? `${REGRESSIONS}/${name}${SCENARIO_EXTENSION}` : `regressions/${name}`
  const { scenario, measure, exploredSeed, exploredRun, seed, driver, probability } = regression
  const about = `${measure} with ${describeFaults(scenario)}, found by explore.`
  const driverFlag = driver === null ? '' : `--driver ${driver} `
  const header = [
    `Breaks \`${measure}\`: ${meaningOf(measure)}.`,
    '',
    `Found by explore with seed ${exploredSeed}, run ${exploredRun}, and shrunk; failed in ${probability.failed} of ${probability.of} runs of this plan.`,
    asCalled(`Again: npm run scenario ${calledBy} -- ${driverFlag}--seed ${seed}`),
  ]
  writeFileSync(path, formatScenario({ ...scenario, about }, { header, scenarioModule: moduleFrom(path) }))
  return path
}

/** Writes a scenario that is only to be run. */
export function writeScenario(path: string, scenario: Scenario): void {
  writeFileSync(path, formatScenario(scenario, { header: [], scenarioModule: moduleFrom(path) }))
}

/** How to keep the file among the scenarios of the repository, one line each. */
export function howToKeep(path: string, shownPath: string): string[] {
  const lines = [`mkdir -p ${REGRESSIONS} && cp ${shownPath} ${REGRESSIONS}/`]
  if (moduleFrom(path) !== IMPORT_FROM_REGRESSIONS) lines.push(`and let it import from '${IMPORT_FROM_REGRESSIONS}'`)
  return lines
}

function describeFaults({ faults = [] }: Scenario): string {
  return faults.length === 0 ? 'no fault' : [...new Set(faults.map(({ kind }) => kind))].join(' and ')
}

function meaningOf(measure: string): string {
  const own: Record<string, string> = OWN_MEASURES
  const counts: Record<string, { about: string }> = COUNT_MEASURES
  return own[measure] ?? counts[measure]?.about ?? 'over its budget'
}

function moduleFrom(path: string): string {
  const way = relative(dirname(resolve(path)), SCENARIO_MODULE)
    .split(sep)
    .join('/')
  return way.startsWith('.') ? way : `./${way}`
}
