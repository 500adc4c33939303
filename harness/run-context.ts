/** What every step of a run knows. */

import type { Interruption } from './interruption.ts'
import type { Plan } from './plan/plan.ts'
import type { Narrator } from './reports/narrator.ts'
import type { RunFolder } from './run-folder.ts'
import type { LimitOrigins } from './scenario/overrides.ts'
import type { Scenario } from './scenario/scenario.ts'
import type { ScenarioCommand } from './scenario-command.ts'

export interface Run {
  readonly command: ScenarioCommand
  readonly id: string
  readonly scenario: Scenario
  readonly limitsFrom: LimitOrigins
  readonly plan: Plan
  /** Processes that make the load. */
  readonly workers: number
  readonly folder: RunFolder
  readonly narrator: Narrator
  readonly interruption: Interruption
}
