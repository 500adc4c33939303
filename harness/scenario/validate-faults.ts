/** Rules about the faults of a scenario: each by itself, against topology and load, and against each other. */

import { DRAIN_SECONDS_MAX, DRAINING_KINDS, downtimeSecondsMax } from './downtime.ts'
import { FAULT_NAMES, type FaultName, faultKind } from './fault-kinds.ts'
import { checkFields, FAULT_FIELDS, fieldsOfFault } from './fields.ts'
import { occurrences, settingsOf, targetOf } from './occurrences.ts'
import { describeFound, isObject, type Problem } from './problem.ts'
import type { FaultSpec, Load, Topology } from './scenario.ts'

interface Surroundings {
  readonly topology: Topology
  readonly load: Load
}

interface SoundFault {
  readonly spec: FaultSpec
  readonly path: string
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
  const sound: SoundFault[] = []
  for (const [index, fault] of faults.entries()) {
    const path = `faults[${index}]`
    const own = checkFault(fault, path)
    const spec = fault as FaultSpec
    if (own.length === 0) own.push(...checkCombination(spec, path))
    if (own.length === 0 && surroundings !== null) own.push(...checkAgainst(spec, path, surroundings))
    if (own.length === 0) sound.push({ spec, path })
    problems.push(...own)
  }
  if (surroundings === null || problems.length > 0) return problems
  const { instances } = surroundings.topology
  return [...checkSomebodyIsLeft(sound, instances), ...checkOverlaps(sound, instances)]
}

function checkFault(fault: unknown, path: string): Problem[] {
  if (!isObject(fault)) return [{ path, found: describeFound(fault), allowed: 'an object with kind and atSeconds' }]
  const kind = fault.kind as FaultName
  if (FAULT_NAMES.includes(kind)) return checkFields(fault, fieldsOfFault(kind), path)
  // Which other fields it may have depends on the kind, so nothing is said about them.
  return checkFields({ kind }, { kind: FAULT_FIELDS.kind }, path)
}

function checkCombination(spec: FaultSpec, path: string): Problem[] {
  const problems: Problem[] = []
  const { everySeconds, times = 1, target } = spec
  if (everySeconds !== undefined && target !== 'each' && times === 1) {
    const allowed = 'everySeconds only together with target "each" or with times'
    problems.push({ path: `${path}.everySeconds`, found: `${everySeconds}`, allowed })
  }
  if (times > 1 && everySeconds === undefined) {
    const allowed = 'the seconds from one time to the next, which times needs'
    problems.push({ path: `${path}.everySeconds`, found: 'nothing', allowed })
  }
  if ('downSeconds' in spec && spec.downSeconds !== undefined && 'restart' in spec && spec.restart === false) {
    const allowed = 'downSeconds only where the instance is started again'
    problems.push({ path: `${path}.downSeconds`, found: `${spec.downSeconds} with restart: false`, allowed })
  }
  return problems
}

function checkAgainst(spec: FaultSpec, path: string, { topology, load }: Surroundings): Problem[] {
  const { instances } = topology
  const dependsOn = ['load.seconds', 'topology.instances']
  const problems = checkTarget(spec, path, instances)
  if (spec.target === 'each' && instances > 1 && spec.everySeconds === undefined) {
    const allowed = 'the seconds from one instance to the next, which target "each" needs'
    problems.push({ path: `${path}.everySeconds`, found: 'nothing', allowed, dependsOn: ['topology.instances'] })
    return problems
  }
  const allowed = `a time before the load ends, load.seconds is ${load.seconds}`
  const latest = typeof spec.atSeconds === 'number' ? spec.atSeconds : spec.atSeconds.to
  const last = occurrences(spec, instances).at(-1)!
  const lastSeconds = latest + last.laterSeconds
  if (latest >= load.seconds) {
    problems.push({ path: `${path}.atSeconds`, found: `${latest}`, allowed, dependsOn })
  } else if (lastSeconds >= load.seconds) {
    const of = last.target.startsWith('chat-') ? `the fault of ${last.target}` : 'the last one'
    const found = `${spec.everySeconds}, which puts ${of} at ${Number(lastSeconds.toFixed(3))} s`
    problems.push({ path: `${path}.everySeconds`, found, allowed, dependsOn })
  }
  return problems
}

function checkTarget({ target }: FaultSpec, path: string, instances: number): Problem[] {
  const named = typeof target === 'string' ? /^chat-([0-9]+)$/.exec(target) : null
  if (named === null || Number(named[1]) <= instances) return []
  const allowed = instances === 1 ? 'chat-1, the one instance' : `chat-1 to chat-${instances}`
  const found = `"${target}", an instance that does not exist`
  const dependsOn = ['load.seconds', 'topology.instances']
  return [{ path: `${path}.target`, found, allowed: `${allowed} by topology.instances`, dependsOn }]
}

function checkSomebodyIsLeft(faults: readonly SoundFault[], instances: number): Problem[] {
  let downForGood = 0
  let added = 0
  for (const { spec } of faults) {
    const count = occurrences(spec, instances).length
    if (faultKind(spec.kind).hits === 'new-instance') added += count
    if (downtimeSecondsMax(spec.kind, settingsOf(spec)) === Number.POSITIVE_INFINITY) downForGood += count
  }
  if (downForGood < instances + added) return []
  const found = `${downForGood} that are not started again, of ${instances + added} ${instances + added === 1 ? 'instance' : 'instances'}`
  const allowed = 'at least one instance that is up in the end'
  return [{ path: 'faults', found, allowed, dependsOn: ['topology.instances'] }]
}

/** A fault on an instance that another one holds down would not fire. What is drawn from the seed is the plan's to keep apart. */
function checkOverlaps(faults: readonly SoundFault[], instances: number): Problem[] {
  const downtimes = faults.flatMap(fault => plannedDowntimes(fault, instances))
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

function plannedDowntimes({ spec, path }: SoundFault, instances: number): Downtime[] {
  const { kind, atSeconds } = spec
  const seconds = downtimeSecondsMax(kind, settingsOf(spec))
  if (seconds === 0 || typeof atSeconds !== 'number' || isDrawn(spec)) return []
  return occurrences(spec, instances).map(({ target, laterSeconds }) => {
    const fromSeconds = atSeconds + laterSeconds
    const isDrain = DRAINING_KINDS.includes(kind)
    return { path, instance: target, fromSeconds, toSeconds: fromSeconds + seconds, isDrain }
  })
}

function isDrawn(spec: FaultSpec): boolean {
  const target = targetOf(spec)
  return target === 'random' || typeof target === 'object'
}

function describeEnd({ toSeconds, isDrain }: Downtime): string {
  if (toSeconds === Number.POSITIVE_INFINITY) return 'the end'
  return `${toSeconds} s${isDrain ? `, for a drain may last ${DRAIN_SECONDS_MAX} s` : ''}`
}
