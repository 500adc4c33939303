/** Rules about the HTTP load, and about budgets on it. */

import { checkFields, HTTP_FIELDS, keepsRule } from './fields.ts'
import { HTTP_COUNTS, type HttpPath, parseHttpBudget } from './measures.ts'
import { describeFound, isObject, type Problem } from './problem.ts'
import type { Topology } from './scenario.ts'

/** `topology`: null where it is itself at fault. */
export function checkHttp(loads: readonly unknown[], topology: Topology | null): Problem[] {
  return loads.flatMap((load, index) => {
    const path = `http[${index}]`
    if (!isObject(load)) {
      return [{ path, found: describeFound(load), allowed: 'an object: { path, requestsPerSecond, connections }' }]
    }
    const problems = checkFields(load, HTTP_FIELDS, path)
    if (problems.length > 0) return problems
    const isRepeated = loads.slice(0, index).some(other => isObject(other) && other.path === load.path)
    if (isRepeated) return [{ path: `${path}.path`, found: `"${load.path}" again`, allowed: 'each path once' }]
    return topology === null ? [] : checkSize(path, load, topology)
  })
}

/** Every instance is asked, and every connection has something to ask in every second. */
function checkSize(path: string, load: Record<string, unknown>, { instances }: Topology): Problem[] {
  const requestsPerSecond = load.requestsPerSecond as number
  const connections = load.connections as number | undefined
  if (requestsPerSecond < instances) {
    const allowed = `at least topology.instances, which is ${instances}, so that each is asked every second`
    return [
      { path: `${path}.requestsPerSecond`, found: `${requestsPerSecond}`, allowed, dependsOn: ['topology.instances'] },
    ]
  }
  if (connections === undefined || (connections >= instances && connections <= requestsPerSecond)) return []
  const allowed = `from ${instances} (topology.instances) to ${requestsPerSecond} (its requestsPerSecond)`
  return [{ path: `${path}.connections`, found: `${connections}`, allowed, dependsOn: ['topology.instances'] }]
}

/** A budget on what nobody asks could not be judged. `http`: as in the scenario; what is wrong with it is told by {@link checkHttp}. */
export function checkHttpBudgets(budgets: Readonly<Record<string, unknown>>, http: unknown): Problem[] {
  const loads = Array.isArray(http) ? http.filter(isObject) : []
  const asks = (path: HttpPath) =>
    loads.some(load => load.path === path || !keepsRule(HTTP_FIELDS.path.rule, load.path))
  return Object.entries(budgets).flatMap(([name, limit]) => {
    const budget = limit === undefined ? null : parseHttpBudget(name)
    if (budget === null) return []
    const found = describeFound(limit)
    if ('path' in budget) {
      if (asks(budget.path)) return []
      const allowed = `a budget on ${budget.path} only in a scenario with { path: '${budget.path}', … } in http`
      return [{ path: `budgets.${name}`, found, allowed }]
    }
    const isOfPublishing = HTTP_COUNTS[budget.count].safety
    if (isOfPublishing ? asks('publish') : loads.length > 0) return []
    const needed = isOfPublishing ? "{ path: 'publish', … } in http" : 'http'
    return [{ path: `budgets.${name}`, found, allowed: `this budget only in a scenario with ${needed}` }]
  })
}
