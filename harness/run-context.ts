/** What every step of a run knows. */

import type { DriverName } from './cluster/cluster.ts'
import type { Stack } from './cluster/compose-stack.ts'
import type { Interruption } from './interruption.ts'
import type { FleetOptions } from './load/fleet.ts'
import type { Plan } from './plan/plan.ts'
import type { Narrator } from './reports/narrator.ts'
import type { RunFolder } from './run-folder.ts'
import type { LimitOrigins } from './scenario/overrides.ts'
import type { Scenario } from './scenario/scenario.ts'
import type { ScenarioCommand } from './scenario-command.ts'

export interface Run {
  readonly command: ScenarioCommand
  readonly id: string
  /** `compose` where there is a {@link stack}, and only then. */
  readonly driver: DriverName
  readonly scenario: Scenario
  readonly limitsFrom: LimitOrigins
  readonly plan: Plan
  /** That is adopted; null: the run starts a cluster of its own. */
  readonly stack: Stack | null
  /** Processes that make the load. */
  readonly workers: number
  /** What the last of them opens pages with, where the plan has any. */
  readonly pages?: FleetOptions['pages']
  readonly folder: RunFolder
  readonly narrator: Narrator
  readonly interruption: Interruption
}
