/** What a report is made of. */

import type { Curves } from '../../curves/curves.ts'
import type { Plan } from '../../plan/plan.ts'
import type { RunResult } from '../result.ts'

export interface ReportInput {
  readonly result: RunResult
  readonly plan: Pick<Plan, 'faults' | 'loadMs' | 'warmUpMs'>
  /** Null: they could not be worked out, and `whyNoCurves` says why. */
  readonly curves: Curves | null
  readonly whyNoCurves: string | null
  /** On the run's clock. Null: the run never came that far. */
  readonly rollCallAtMs: number | null
}
