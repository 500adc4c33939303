/** What could be smaller or plainer in a scenario, one change at a time. Pure. */

import type { Plan, PlannedFault } from '../plan/plan.ts'
import { lastsSeconds } from '../scenario/downtime.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import { clientCount } from '../scenario/load-size.ts'
import { occurrences, settingsOf } from '../scenario/occurrences.ts'
import type { FaultSpec, FaultTarget, Load, Scenario, Topology } from '../scenario/scenario.ts'
import { faultPlan } from './runnable.ts'

/** With fewer, a room could fall silent between two faults, and nothing would be sent that could be lost. */
const MESSAGES_PER_SECOND_MIN = 10
/** So that some is left to be said after the last fault. */
const SECONDS_AFTER_FAULT = 2
/** Before the first fault. */
const FIRST_FAULT_SECONDS = 1

/** Changes of everything that makes a run long: where one of them still fails, all that follows takes less time. */
export function muchSmallerScenarios(scenario: Scenario, seed: number): Scenario[] {
  const small = { ...scenario, load: smallestLoad(scenario) }
  return [...withoutWaits(small, seed).slice(0, 1), small, ...withoutWaits(scenario, seed).slice(0, 1)]
}

/** Every single change, from the boldest to the mildest; those that make the runs shorter come first. */
export function smallerScenarios(scenario: Scenario, seed: number): Scenario[] {
  return [
    ...withoutWaits(scenario, seed),
    ...withSmallLoad(scenario),
    ...withFewerInstances(scenario),
    ...withFixedTargets(scenario, seed),
    ...withDefaults(scenario),
  ]
}

/** The faults earlier, the load shorter. */
function withoutWaits(scenario: Scenario, seed: number): Scenario[] {
  const { faults = [], load } = scenario
  const fixed = faults.flatMap(({ atSeconds }) => (typeof atSeconds === 'number' ? [atSeconds] : []))
  const earlier = fixed.length === 0 ? 0 : Math.min(...fixed) - FIRST_FAULT_SECONDS
  const isAllFixed = fixed.length === faults.length
  const moved = earlier > 0 && isAllFixed ? [shift(scenario, earlier)] : []
  const shortest = Math.ceil(lastFaultSeconds(scenario, seed) + SECONDS_AFTER_FAULT)
  const shorter = towards(load.seconds, shortest).map(seconds => withLoad(scenario, { seconds }))
  const sooner = Math.ceil(lastFaultSeconds(scenario, seed) - earlier + SECONDS_AFTER_FAULT)
  const both = moved.map(candidate => withLoad(candidate, { seconds: sooner }))
  return [...both.filter(candidate => candidate.load.seconds < load.seconds), ...moved, ...shorter]
}

function shift(scenario: Scenario, earlierSeconds: number): Scenario {
  const faults = scenario.faults!.map(fault => {
    return { ...fault, atSeconds: Number(((fault.atSeconds as number) - earlierSeconds).toFixed(1)) }
  })
  return { ...scenario, faults }
}

function lastFaultSeconds(scenario: Scenario, seed: number): number {
  const { faults } = faultPlan(scenario, seed)
  return Math.max(0, ...faults.map(({ atMs }) => atMs / 1000))
}

/** Two clients on each instance, in one room, who talk evenly. */
function smallestLoad({ load, topology }: Scenario): Load {
  const { roomsPerClient, shape, talkers, churn, pages, ...plain } = load
  const clients = Math.min(clientCount(load), 2 * topology.instances)
  return { ...plain, rooms: 1, clients, messagesPerSecond: Math.min(load.messagesPerSecond, MESSAGES_PER_SECOND_MIN) }
}

/** All of it at once, then each number by itself. */
function withSmallLoad(scenario: Scenario): Scenario[] {
  const { load } = scenario
  const messagesPerSecond = Math.min(load.messagesPerSecond, MESSAGES_PER_SECOND_MIN)
  return [
    { ...scenario, load: smallestLoad(scenario) },
    ...withFewerClients(scenario),
    ...towards(load.messagesPerSecond, messagesPerSecond).map(rate => withLoad(scenario, { messagesPerSecond: rate })),
    ...(['roomsPerClient', 'shape', 'talkers', 'churn', 'pages'] as const)
      .filter(field => load[field] !== undefined)
      .map(field => ({ ...scenario, load: withoutField(load, field) })),
  ]
}

/** Where rooms differ in size, all alike first. */
function withFewerClients(scenario: Scenario): Scenario[] {
  const { load, topology } = scenario
  const { rooms, clients = 0 } = load
  if (typeof rooms !== 'number') {
    return [withLoad(scenario, { rooms: 1, clients: Math.max(clientCount(load), topology.instances) })]
  }
  const clientsMin = topology.instances * rooms
  return [
    ...towards(rooms, 1).map(fewer => withLoad(scenario, { rooms: fewer })),
    ...towards(clients, Math.min(clients, clientsMin)).map(fewer => withLoad(scenario, { clients: fewer })),
  ]
}

/** Faults on an instance that goes move to the last one that stays. */
function withFewerInstances(scenario: Scenario): Scenario[] {
  const { topology, faults = [], instancesDownMax, ...rest } = scenario
  return towards(topology.instances, 1).map(instances => ({
    ...rest,
    topology: { ...topology, instances },
    faults: faults.map(fault => ({ ...fault, ...targetWithin(fault.target, instances) }) as FaultSpec),
    ...(instancesDownMax === undefined ? {} : { instancesDownMax: Math.min(instancesDownMax, instances) }),
  }))
}

function targetWithin(target: FaultTarget | undefined, instances: number): { target?: FaultTarget } {
  const number = typeof target === 'string' ? /^chat-([0-9]+)$/.exec(target)?.[1] : undefined
  return number === undefined ? {} : { target: `chat-${Math.min(Number(number), instances)}` }
}

/** What the seed drew, written out: a target by its name, a time as a number; of several occurrences one. */
function withFixedTargets(scenario: Scenario, seed: number): Scenario[] {
  const { faults = [] } = scenario
  const plan = faultPlan(scenario, seed)
  return faults.flatMap((spec, index) => {
    const planned = plannedFor(spec, plan)
    const isFixed = planned.length === 1 && isWrittenOut(spec)
    return isFixed ? [] : planned.map(fault => replaceFault(scenario, index, [fixed(spec, fault)]))
  })
}

function isWrittenOut({ target, atSeconds, kind, times, everySeconds }: FaultSpec): boolean {
  const isNamed = faultKind(kind).hits !== 'instances' || (typeof target === 'string' && target.startsWith('chat-'))
  return isNamed && typeof atSeconds === 'number' && times === undefined && everySeconds === undefined
}

/** The planned faults that a fault of the scenario may stand for: of its kind, settings, targets and times. */
function plannedFor(spec: FaultSpec, plan: Plan): PlannedFault[] {
  const settings = JSON.stringify(settingsOf(spec))
  const { atSeconds } = spec
  const [from, to] = typeof atSeconds === 'number' ? [atSeconds, atSeconds] : [atSeconds.from, atSeconds.to]
  const its = occurrences(spec, plan.instancesAtStart)
  return plan.faults.filter(({ kind, target, atMs, settings: planned }) => {
    if (kind !== spec.kind || JSON.stringify(planned) !== settings) return false
    return its.some(({ laterSeconds, target: own }) => {
      const isTarget = own === target || own === 'random' || own === 'new'
      const laterMs = atMs - laterSeconds * 1000
      return isTarget && laterMs >= from * 1000 - 1 && laterMs <= to * 1000 + 1
    })
  })
}

function fixed(spec: FaultSpec, { target, atMs }: PlannedFault): FaultSpec {
  const { everySeconds, times, target: _, ...rest } = spec
  const named = faultKind(spec.kind).hits === 'instances' ? { target } : {}
  return { ...rest, ...named, atSeconds: Number((atMs / 1000).toFixed(3)) } as FaultSpec
}

/** Each thing that was chosen left to its default, and waits within faults shorter. */
function withDefaults(scenario: Scenario): Scenario[] {
  const { faults = [], instancesDownMax, topology } = scenario
  const { environment, appendFsync, ...plain } = topology
  const candidates: Scenario[] = []
  if (instancesDownMax !== undefined) candidates.push(without(scenario, 'instancesDownMax'))
  if (environment !== undefined || appendFsync !== undefined)
    candidates.push({ ...scenario, topology: plain as Topology })
  for (const [index, fault] of faults.entries()) {
    const names = Object.keys(settingsOf(fault)).filter(name => Object.hasOwn(fault, name) && !isShorter(fault, name))
    if (names.length > 1) candidates.push(replaceFault(scenario, index, [withoutFields(fault, names)]))
    for (const name of names) candidates.push(replaceFault(scenario, index, [withoutFields(fault, [name])]))
    const lasts = lastsSeconds({ ...fault })
    const name = 'downSeconds' in fault ? 'downSeconds' : 'forSeconds'
    if (lasts > 1) {
      candidates.push(
        replaceFault(scenario, index, [{ ...fault, [name]: Number((lasts / 2).toFixed(1)) } as FaultSpec]),
      )
    }
  }
  return candidates
}

/** Whether it is a time that the default would make longer. */
function isShorter(fault: FaultSpec, name: string): boolean {
  if (name !== 'forSeconds' && name !== 'downSeconds') return false
  const own = (fault as unknown as Record<string, number>)[name]!
  return own < Number(faultKind(fault.kind).settings[name])
}

function replaceFault(scenario: Scenario, index: number, by: readonly FaultSpec[]): Scenario {
  return { ...scenario, faults: scenario.faults!.toSpliced(index, 1, ...by) }
}

function withoutFields(fault: FaultSpec, names: readonly string[]): FaultSpec {
  return Object.fromEntries(Object.entries(fault).filter(([name]) => !names.includes(name))) as unknown as FaultSpec
}

function without(scenario: Scenario, field: keyof Scenario): Scenario {
  return Object.fromEntries(Object.entries(scenario).filter(([name]) => name !== field)) as unknown as Scenario
}

function withoutField(load: Load, field: keyof Load): Load {
  return Object.fromEntries(Object.entries(load).filter(([name]) => name !== field)) as unknown as Load
}

function withLoad(scenario: Scenario, load: Partial<Load>): Scenario {
  return { ...scenario, load: { ...scenario.load, ...load } }
}

/** Steps that are smaller than this are not worth their runs. */
const STEP_SHARE_MAX = 0.75

/** The least, and half of the way to it. */
function towards(value: number, least: number): number[] {
  if (value <= least) return []
  const half = Math.round((value + least) / 2)
  return half > least && half <= value * STEP_SHARE_MAX ? [least, half] : [least]
}
