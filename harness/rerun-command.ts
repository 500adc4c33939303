/** The command line that runs a plan again: the same scenario, seed and flags, without those that only name places. */

import { asCalled } from './called.ts'
import type { DriverName } from './cluster/cluster.ts'
import { OVERRIDDEN_FIELDS, type OverriddenField } from './scenario/overrides.ts'
import type { ScenarioCommand } from './scenario-command.ts'

/** Text for a POSIX shell. The password of a Redis URL is left out of it. */
export function rerunCommand(command: ScenarioCommand, driver: DriverName): string {
  const { name, composeProject, overrides, budgetsFile, seed, redisUrl, serviceFolder, workers, load } = command
  const flags = [`--driver ${driver}`, `--seed ${seed}`]
  if (composeProject !== null) flags.push(`--compose-project ${composeProject}`)
  for (const [field, { flag }] of Object.entries(OVERRIDDEN_FIELDS)) {
    const value = overrides[field as OverriddenField]
    if (value !== undefined) flags.push(`${flag} ${value}`)
  }
  for (const { measure, phase, limit } of overrides.budgets ?? []) {
    flags.push(`--budget ${measure}${phase === null ? '' : `.${phase}`}=${limit}`)
  }
  if (budgetsFile !== null) flags.push(`--budgets ${shellWord(budgetsFile)}`)
  if (redisUrl !== null) flags.push(`--redis-url ${shellWord(withoutPassword(redisUrl))}`)
  if (serviceFolder !== null) flags.push(`--service ${shellWord(serviceFolder)}`)
  if (workers !== null) flags.push(`--workers ${workers}`)
  if (load === 'none') flags.push('--load none')
  return asCalled(`npm run scenario ${shellWord(name)} -- ${flags.join(' ')}`)
}

/** As one word for a POSIX shell; what needs no quotes has none. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The command is saved and shown. */
function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, '$1:***@')
}
