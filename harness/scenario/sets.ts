/** Which scenarios a gate runs: sets by name. CI asks for one with `npm run scenario -- --list quick --json`. */

import { allScenarioNames } from './catalogue.ts'

export const SET_NAMES = ['quick', 'full'] as const
export type SetName = (typeof SET_NAMES)[number]

/**
 * For every change: one scenario of each way in which a cluster is hurt, a minute or so each. What is not here runs at night.
 */
export const QUICK_SCENARIOS: readonly string[] = [
  'smoke',
  'steady',
  'rolling-restart',
  'kill-instance',
  'restart-redis-kill',
  'cut-clients',
]

/** Takes minutes and all of the machine, and asks for more open files than a hosted runner allows: in no set. */
export const HUGE_SCENARIOS: readonly string[] = ['hundred-thousand']

/** Need Chromium and a built front end, which a gate for the service has no use for: in no set. */
export const PAGE_SCENARIOS: readonly string[] = ['browsers']

/** Names, those of the quick set first. Throws as `listScenarios` does. */
export async function scenariosOf(set: SetName, folder: string): Promise<string[]> {
  const all = await allScenarioNames(folder)
  const quick = QUICK_SCENARIOS.filter(name => all.includes(name))
  if (set === 'quick') return quick
  const left = [...quick, ...HUGE_SCENARIOS, ...PAGE_SCENARIOS]
  return [...quick, ...all.filter(name => !left.includes(name))]
}
