/** Works a scenario and a seed out into a plan. Pure: no clock, no file, no network, no randomness but the seed's. */

import { downtimeSecondsMax } from '../scenario/downtime.ts'
import { DEFAULTS, type FaultSpec, type Load, type Scenario } from '../scenario/scenario.ts'
import { layOut } from './layout.ts'
import type { Plan, PlannedClient, PlannedFault, PlannedMessages } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { planRollCall } from './roll-call.ts'

/** Times are whole microseconds, so that a plan reads the same after it was written to JSON. */
const MICROSECONDS_PER_SECOND = 1_000_000

/**
 * @param scenario validated; a scenario that breaks a rule gives a plan that nobody can run
 * @param seed whole number from 0 to 2^31 - 1
 */
export function makePlan(name: string, scenario: Scenario, seed: number): Plan {
  const { topology, load } = scenario
  const instances = Array.from({ length: topology.instances }, (_, index) => `chat-${index + 1}`)
  const clients = layOut({
    instances: instances.length,
    rooms: load.rooms,
    clients: load.clients,
    roomsPerClient: load.roomsPerClient ?? DEFAULTS.roomsPerClient,
  })
  return {
    schema: 1,
    scenario: name,
    seed,
    instances,
    rooms: Array.from({ length: load.rooms }, (_, index) => `room-${index + 1}`),
    clients,
    messages: planMessages(load, clients, seed),
    rollCall: planRollCall(clients, load.rooms, createRandom(seed, 'roll call')),
    faults: planFaults(scenario.faults ?? [], instances, createRandom(seed, 'faults')),
    textBytes: load.textBytes,
    warmUpMs: inMs(load.warmUpSeconds ?? DEFAULTS.warmUpSeconds),
    loadMs: inMs(load.seconds),
    settleMsMax: inMs(scenario.settleSecondsMax ?? DEFAULTS.settleSecondsMax),
    deadlineMs: inMs(scenario.deadlineSeconds ?? DEFAULTS.deadlineSeconds),
  }
}

/**
 * Poisson arrivals with the offered rate exactly: a Poisson process of which the number of arrivals is known has them independent and
 * uniform over the time (Ross, "Stochastic Processes", theorem 2.3.1). Warm-up and load are drawn apart.
 */
function planMessages(load: Load, clients: readonly PlannedClient[], seed: number): PlannedMessages {
  const warmUpSeconds = load.warmUpSeconds ?? DEFAULTS.warmUpSeconds
  const warmUpMicroseconds = Math.round(warmUpSeconds * MICROSECONDS_PER_SECOND)
  const rate = load.messagesPerSecond
  const warmUpTimes = drawTimes(rate, warmUpSeconds, createRandom(seed, 'warm-up times'))
  const loadTimes = drawTimes(rate, load.seconds, createRandom(seed, 'load times'))
  const atMs: number[] = []
  for (const time of warmUpTimes) atMs.push((time - warmUpMicroseconds) / 1000)
  for (const time of loadTimes) atMs.push(time / 1000)

  const random = createRandom(seed, 'senders')
  const client: number[] = []
  const room: number[] = []
  for (let number = 0; number < atMs.length; number++) {
    const sender = random.int(clients.length)
    const { rooms } = clients[sender]!
    client.push(sender)
    room.push(rooms[random.int(rooms.length)]!)
  }
  return { atMs, client, room }
}

/** Whole microseconds from 0 to the end, the end excluded, rising. */
function drawTimes(rate: number, seconds: number, random: Random): Float64Array {
  const end = Math.round(seconds * MICROSECONDS_PER_SECOND)
  const times = new Float64Array(Math.round(rate * seconds))
  for (let index = 0; index < times.length; index++) times[index] = random.int(end)
  return times.sort()
}

/** In order of time; faults of one time stay in the scenario's order. */
function planFaults(specs: readonly FaultSpec[], instances: readonly string[], random: Random): PlannedFault[] {
  const planned = specs.filter(spec => isAimed(spec)).flatMap(spec => expand(spec, instances))
  const drawn = specs.filter(spec => !isAimed(spec)).sort((a, b) => a.atSeconds - b.atSeconds)
  for (const spec of drawn) planned.push(planFault(spec, drawTarget(spec, planned, instances, random), 0))
  return planned.sort((a, b) => a.atMs - b.atMs)
}

function isAimed(spec: FaultSpec): boolean {
  return (spec.target ?? DEFAULTS.target) !== 'random'
}

function expand(spec: FaultSpec, instances: readonly string[]): PlannedFault[] {
  if (spec.target !== 'each') return [planFault(spec, spec.target!, 0)]
  return instances.map((target, index) => planFault(spec, target, index * (spec.everySeconds ?? 0)))
}

function planFault(spec: FaultSpec, target: string, laterSeconds: number): PlannedFault {
  return {
    kind: spec.kind,
    target,
    atMs: inMs(spec.atSeconds + laterSeconds),
    restart: spec.restart ?? DEFAULTS.restart,
    downMs: inMs(spec.downSeconds ?? DEFAULTS.downSeconds),
  }
}

/** One of the instances that no other fault holds down during this one; any, where there is none. */
function drawTarget(
  spec: FaultSpec,
  planned: readonly PlannedFault[],
  instances: readonly string[],
  random: Random,
): string {
  const own = downtime(planFault(spec, '', 0))
  const free = instances.filter(instance =>
    planned.every(fault => {
      if (fault.target !== instance) return true
      const other = downtime(fault)
      return other.toMs < own.fromMs || own.toMs < other.fromMs
    }),
  )
  const candidates = free.length > 0 ? free : instances
  return candidates[random.int(candidates.length)]!
}

function downtime(fault: PlannedFault): { fromMs: number; toMs: number } {
  const { kind, atMs, restart, downMs } = fault
  return {
    fromMs: atMs,
    toMs: restart ? atMs + inMs(downtimeSecondsMax(kind, downMs / 1000)) : Number.POSITIVE_INFINITY,
  }
}

function inMs(seconds: number): number {
  return Math.round(seconds * MICROSECONDS_PER_SECOND) / 1000
}
