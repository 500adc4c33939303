/** Who should be up at the end: by the plan, and by what became of its faults. */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { faultKind } from '../scenario/fault-kinds.ts'

/**
 * Names of instances: those of the start and those that were added, without those that a fault took down for good. A fault whose time never
 * came has neither added nor taken anybody.
 */
export function standing(
  plan: Pick<Plan, 'instances' | 'instancesAtStart' | 'faults'>,
  records: readonly FaultRecord[],
): string[] {
  const begun = plan.faults.filter((_, index) => (records[index]?.firedAtMs ?? null) !== null)
  const added = plan.faults
    .filter(({ kind }, index) => faultKind(kind).hits === 'new-instance' && records[index]?.status === 'fired')
    .map(({ target }) => target)
  const down = begun.filter(({ kind, heals }) => faultKind(kind).isDown && !heals).map(({ target }) => target)
  return [...plan.instances.slice(0, plan.instancesAtStart), ...added].filter(name => !down.includes(name))
}
