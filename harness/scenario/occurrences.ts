/** One fault of a scenario, spread out: how often, at which distance, and on what. The same for validation and plan. */

import { type FaultSettings, faultKind } from './fault-kinds.ts'
import { DEFAULTS, type FaultSpec, type FaultTarget } from './scenario.ts'

export interface Occurrence {
  /** Seconds after the fault's own time. */
  readonly laterSeconds: number
  /** Name of an instance; `random` where the seed decides; `redis`, or `new` for an instance that is added. */
  readonly target: string
}

/** In order of time; those of one time in order of the instances' numbers. */
export function occurrences(spec: FaultSpec, instances: number): Occurrence[] {
  const { everySeconds = 0, times = DEFAULTS.times } = spec
  const names = Array.from({ length: instances }, (_, index) => `chat-${index + 1}`)
  const target = targetOf(spec)
  return Array.from({ length: times }, (_, round): Occurrence[] => {
    if (target === 'each') {
      return names.map((name, index) => ({ target: name, laterSeconds: (round * instances + index) * everySeconds }))
    }
    return targetsAtOnce(spec, names).map(name => ({ target: name, laterSeconds: round * everySeconds }))
  }).flat()
}

function targetsAtOnce(spec: FaultSpec, names: readonly string[]): readonly string[] {
  const { hits } = faultKind(spec.kind)
  if (hits === 'redis') return ['redis']
  if (hits === 'new-instance') return ['new']
  const target = targetOf(spec)
  if (target === 'all') return names
  if (typeof target === 'object') return names.slice(0, Math.ceil(target.fraction * names.length)).map(() => 'random')
  return [target]
}

/** What the scenario says, or else what the kind has. */
export function targetOf(spec: FaultSpec): FaultTarget {
  return spec.target ?? faultKind(spec.kind).target
}

/** Every setting of the kind, the scenario's own over the defaults. */
export function settingsOf(spec: FaultSpec): FaultSettings {
  const defaults = faultKind(spec.kind).settings
  const own = spec as unknown as Record<string, unknown>
  const entries = Object.entries(defaults).map(([name, value]) => [name, own[name] ?? value])
  return Object.fromEntries(entries) as FaultSettings
}
