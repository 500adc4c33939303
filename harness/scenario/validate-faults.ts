/** Rules about the faults of a scenario: each by itself, against topology and load, and against each other. */

import { DRAIN_SECONDS_MAX, downtimeSecondsMax } from './downtime.ts'
import { checkFields, FAULT_FIELDS } from './fields.ts'
import { describeFound, isObject, type Problem } from './problem.ts'
import { DEFAULTS, type FaultSpec, type Load, type Topology } from './scenario.ts'

interface Surroundings {
  readonly topology: Topology
  readonly load: Load
}

/** Time that one fault holds one named instance down, by the plan. Infinity: until the end. */
interface Downtime {
  readonly path: string
  readonly instance: string
  readonly fromSeconds: number
  readonly toSeconds: number
  readonly isDrain: boolean
}

/** `surroundings` is null where topology or load are themselves at fault; then each fault is checked by itself alone. */
export function checkFaults(faults: readonly unknown[], surroundings: Surroundings | null): Problem[] {
  const problems: Problem[] = []
  const sound: { spec: FaultSpec; path: string }[] = []
  for (const [index, fault] of faults.entries()) {
    const path = `faults[${index}]`
    if (!isObject(fault)) {
      problems.push({ path, found: describeFound(fault), allowed: 'an object with kind and atSeconds' })
      continue
    }
    const own = checkFields(fault, FAULT_FIELDS, path)
    const spec = fault as unknown as FaultSpec
    if (own.length === 0) own.push(...checkCombination(spec, path))
    if (own.length === 0 && surroundings !== null) own.push(...checkAgainst(spec, path, surroundings))
    if (own.length === 0) sound.push({ spec, path })
    problems.push(...own)
  }
  if (surroundings === null || problems.length > 0) return problems
  const instances = surroundings.topology.instances
  return [...checkSomebodyIsLeft(sound, instances), ...checkOverlaps(sound, instances)]
}

function checkCombination(spec: FaultSpec, path: string): Problem[] {
  const problems: Problem[] = []
  if (spec.everySeconds !== undefined && spec.target !== 'each') {
    const allowed = 'everySeconds only together with target "each"'
    problems.push({ path: `${path}.everySeconds`, found: `${spec.everySeconds}`, allowed })
  }
  if (spec.downSeconds !== undefined && spec.restart === false) {
    const allowed = 'downSeconds only where the instance is started again'
    problems.push({ path: `${path}.downSeconds`, found: `${spec.downSeconds} with restart: false`, allowed })
  }
  return problems
}

function checkAgainst(spec: FaultSpec, path: string, { topology, load }: Surroundings): Problem[] {
  const problems: Problem[] = []
  const { instances } = topology
  const dependsOn = ['load.seconds', 'topology.instances']
  const named = /^chat-([0-9]+)$/.exec(spec.target ?? '')
  if (named !== null && Number(named[1]) > instances) {
    const allowed = instances === 1 ? 'chat-1, the one instance' : `chat-1 to chat-${instances}`
    const found = `"${spec.target}", an instance that does not exist`
    problems.push({ path: `${path}.target`, found, allowed: `${allowed} by topology.instances`, dependsOn })
  }
  if (spec.target === 'each' && instances > 1 && spec.everySeconds === undefined) {
    const allowed = 'the seconds from one instance to the next, which target "each" needs'
    problems.push({ path: `${path}.everySeconds`, found: 'nothing', allowed, dependsOn: ['topology.instances'] })
    return problems
  }
  const lastSeconds = spec.atSeconds + (spec.target === 'each' ? (instances - 1) * (spec.everySeconds ?? 0) : 0)
  if (spec.atSeconds >= load.seconds) {
    const allowed = `a time before the load ends, load.seconds is ${load.seconds}`
    problems.push({ path: `${path}.atSeconds`, found: `${spec.atSeconds}`, allowed, dependsOn })
  } else if (lastSeconds >= load.seconds) {
    const found = `${spec.everySeconds}, which puts the fault of chat-${instances} at ${Number(lastSeconds.toFixed(3))} s`
    const allowed = `a time before the load ends, load.seconds is ${load.seconds}`
    problems.push({ path: `${path}.everySeconds`, found, allowed, dependsOn })
  }
  return problems
}

function checkSomebodyIsLeft(faults: readonly { spec: FaultSpec }[], instances: number): Problem[] {
  let downForGood = 0
  for (const { spec } of faults) {
    if (spec.restart === false) downForGood += spec.target === 'each' ? instances : 1
  }
  if (downForGood < instances) return []
  const found = `${downForGood} that are not started again, of ${instances} ${instances === 1 ? 'instance' : 'instances'}`
  const allowed = 'at least one instance that is up in the end'
  return [{ path: 'faults', found, allowed, dependsOn: ['topology.instances'] }]
}

/** A fault on an instance that another one holds down would not fire. Targets drawn from the seed are the plan's to keep apart. */
function checkOverlaps(faults: readonly { spec: FaultSpec; path: string }[], instances: number): Problem[] {
  const downtimes = faults.flatMap(({ spec, path }) => plannedDowntimes(spec, path, instances))
  downtimes.sort((a, b) => a.fromSeconds - b.fromSeconds)
  const problems: Problem[] = []
  const latest = new Map<string, Downtime>()
  for (const downtime of downtimes) {
    const earlier = latest.get(downtime.instance)
    if (earlier !== undefined && downtime.fromSeconds <= earlier.toSeconds) {
      const until = describeEnd(earlier)
      const found = `${downtime.fromSeconds} s for ${downtime.instance}, which ${earlier.path} holds down until ${until}`
      problems.push({ path: `${downtime.path}.atSeconds`, found, allowed: 'a time when the instance is up' })
    }
    if (earlier === undefined || downtime.toSeconds > earlier.toSeconds) latest.set(downtime.instance, downtime)
  }
  return problems
}

function plannedDowntimes(spec: FaultSpec, path: string, instances: number): Downtime[] {
  const { kind, atSeconds, everySeconds = 0 } = spec
  const { target = DEFAULTS.target, restart = DEFAULTS.restart, downSeconds = DEFAULTS.downSeconds } = spec
  if (target === 'random') return []
  const names = target === 'each' ? Array.from({ length: instances }, (_, index) => `chat-${index + 1}`) : [target]
  return names.map((instance, index) => {
    const fromSeconds = atSeconds + index * everySeconds
    const toSeconds = restart ? fromSeconds + downtimeSecondsMax(kind, downSeconds) : Number.POSITIVE_INFINITY
    return { path, instance, fromSeconds, toSeconds, isDrain: kind === 'stop-instance' }
  })
}

function describeEnd({ toSeconds, isDrain }: Downtime): string {
  if (toSeconds === Number.POSITIVE_INFINITY) return 'the end'
  return `${toSeconds} s${isDrain ? `, for a drain may last ${DRAIN_SECONDS_MAX} s` : ''}`
}
