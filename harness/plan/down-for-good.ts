/** Who is not up any more at the end, as planned. */

import { faultKind } from '../scenario/fault-kinds.ts'
import type { Plan } from './plan.ts'

/** Names of the instances that a fault takes down and nothing starts again. */
export function downForGood({ faults }: Pick<Plan, 'faults'>): string[] {
  return faults.filter(({ kind, heals }) => faultKind(kind).isDown && !heals).map(({ target }) => target)
}
