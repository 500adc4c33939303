/** Rules about `abortWhen`, and about how many instances may be down. */

import { nearest } from './nearest.ts'
import { describeFound, type Problem } from './problem.ts'
import { ABORT_MEASURES, type AbortMeasure, type Topology } from './scenario.ts'

/** `clients`: how many there are; null where the load is itself at fault. */
export function checkAbortWhen(abortWhen: Record<string, unknown>, clients: number | null): Problem[] {
  const names = Object.keys(ABORT_MEASURES)
  if (Object.keys(abortWhen).length === 0) {
    return [{ path: 'abortWhen', found: 'no measure', allowed: `a limit for one or more of ${names.join(', ')}` }]
  }
  return Object.entries(abortWhen).flatMap(([name, limit]) => checkLimit(name, limit, names, clients))
}

function checkLimit(name: string, limit: unknown, names: readonly string[], clients: number | null): Problem[] {
  const path = `abortWhen.${name}`
  if (!names.includes(name)) {
    const near = nearest(name, names)
    const allowed = near === null ? `one of ${names.join(', ')}` : `one of ${names.join(', ')}. Did you mean "${near}"?`
    return [{ path, found: 'a measure that is not known while a run goes', allowed }]
  }
  if (!Number.isSafeInteger(limit) || (limit as number) < 0) {
    return [{ path, found: describeFound(limit), allowed: 'a whole number from 0, above which the load is ended' }]
  }
  // No more than all of them can be, so the limit would never be passed.
  const isNever = name === ('disconnected' satisfies AbortMeasure) && clients !== null && (limit as number) >= clients
  if (!isNever) return []
  const allowed = `less than the number of clients, which is ${clients}`
  return [{ path, found: `${limit}`, allowed, dependsOn: ['load.clients'] }]
}

/** `instancesDownMax` itself keeps its rule. */
export function checkDownMax(instancesDownMax: number, { instances }: Topology): Problem[] {
  if (instancesDownMax <= instances) return []
  const allowed = `at most topology.instances, which is ${instances}`
  return [{ path: 'instancesDownMax', found: `${instancesDownMax}`, allowed, dependsOn: ['topology.instances'] }]
}
