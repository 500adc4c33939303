/** Works a scenario and a seed out into a plan. Pure: no clock, no file, no network, no randomness but the seed's. */

import { downtimeSecondsMax, lastsSeconds } from '../scenario/downtime.ts'
import { faultKind, isHealed } from '../scenario/fault-kinds.ts'
import { roomCount, stretchesOf } from '../scenario/load-size.ts'
import { occurrences, settingsOf } from '../scenario/occurrences.ts'
import { DEFAULTS, type FaultSpec, type Load, type Scenario } from '../scenario/scenario.ts'
import { drawArrivals, MICROSECONDS_PER_SECOND } from './arrivals.ts'
import { createPresentSenderDraw, planChurn } from './churn.ts'
import { choosePages, layOutLoad } from './layout.ts'
import type { Plan, PlannedChurn, PlannedClient, PlannedFault, PlannedMessages } from './plan.ts'
import { type HttpLoadSize, planHttp } from './plan-http.ts'
import { createRandom, type Random } from './random.ts'
import { planRollCall } from './roll-call.ts'

/**
 * @param scenario validated; a scenario that breaks a rule gives a plan that nobody can run
 * @param seed whole number from 0 to 2^31 - 1
 */
export function makePlan(name: string, scenario: Scenario, seed: number): Plan {
  const { topology, load } = scenario
  const atStart = Array.from({ length: topology.instances }, (_, index) => `chat-${index + 1}`)
  const faults = planFaults(scenario.faults ?? [], atStart, createRandom(seed, 'faults'))
  const added = faults.filter(({ kind }) => faultKind(kind).hits === 'new-instance').map(({ target }) => target)
  const clients = choosePages(layOutLoad(load, atStart.length), load.pages ?? 0)
  const rooms = roomCount(load)
  const churn = planChurn(load, clients, seed)
  const { balancer = DEFAULTS.balancer } = topology
  return {
    schema: 1,
    scenario: name,
    seed,
    instances: [...atStart, ...added],
    instancesAtStart: atStart.length,
    instancesDownMax: scenario.instancesDownMax ?? Math.max(1, atStart.length - 1),
    ...(balancer === 'direct' ? {} : { balancer }),
    rooms: Array.from({ length: rooms }, (_, index) => `room-${index + 1}`),
    clients,
    messages: planMessages(load, clients, churn, seed),
    rollCall: planRollCall(clients, rooms, createRandom(seed, 'roll call')),
    ...(churn === null ? {} : { churn }),
    faults,
    ...(scenario.http === undefined ? {} : { http: planHttp(scenario.http, httpLoadSize(scenario)) }),
    textBytes: load.textBytes,
    warmUpMs: inMs(load.warmUpSeconds ?? DEFAULTS.warmUpSeconds),
    loadMs: inMs(load.seconds),
    settleMsMax: inMs(scenario.settleSecondsMax ?? DEFAULTS.settleSecondsMax),
    deadlineMs: inMs(scenario.deadlineSeconds ?? DEFAULTS.deadlineSeconds),
  }
}

function planMessages(
  load: Load,
  clients: readonly PlannedClient[],
  churn: PlannedChurn | null,
  seed: number,
): PlannedMessages {
  const { messagesPerSecond: rate, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  const warmUp = [{ seconds: warmUpSeconds, fromRate: rate, toRate: rate }]
  const warmUpMicroseconds = Math.round(warmUpSeconds * MICROSECONDS_PER_SECOND)
  const atMs: number[] = []
  for (const time of drawArrivals(warmUp, createRandom(seed, 'warm-up times'))) {
    atMs.push((time - warmUpMicroseconds) / 1000)
  }
  for (const time of drawArrivals(stretchesOf(load), createRandom(seed, 'load times'))) atMs.push(time / 1000)

  const drawSender = createPresentSenderDraw(load, clients, churn, seed)
  const client: number[] = []
  const room: number[] = []
  for (let number = 0; number < atMs.length; number++) {
    const sender = drawSender(atMs[number]!)
    client.push(sender.client)
    room.push(sender.room)
  }
  return { atMs, client, room }
}

/**
 * In order of time; faults of one time stay in the scenario's order. Targets that the seed decides come last, so that they can keep clear of
 * all others.
 */
function planFaults(specs: readonly FaultSpec[], instances: readonly string[], random: Random): PlannedFault[] {
  const placed = specs.flatMap(spec => place(spec, instances, random))
  const planned = placed.filter(({ target }) => target !== 'random')
  const drawn = placed.filter(({ target }) => target === 'random').sort((a, b) => a.atMs - b.atMs)
  for (const fault of drawn) planned.push({ ...fault, target: drawTarget(fault, planned, instances, random) })
  return nameNewInstances(
    planned.sort((a, b) => a.atMs - b.atMs),
    instances.length,
  )
}

function place(spec: FaultSpec, instances: readonly string[], random: Random): PlannedFault[] {
  const { kind, atSeconds } = spec
  const settings = settingsOf(spec)
  const firstSeconds =
    typeof atSeconds === 'number' ? atSeconds : atSeconds.from + random.uniform() * (atSeconds.to - atSeconds.from)
  const heals = isHealed(kind, settings)
  const lastsMs = heals ? inMs(lastsSeconds(settings)) : 0
  return occurrences(spec, instances.length).map(({ target, laterSeconds }) => {
    return { kind, target, atMs: inMs(firstSeconds + laterSeconds), heals, lastsMs, settings }
  })
}

/** Instances that faults add are numbered on from those that are there, in order of time. */
function nameNewInstances(faults: readonly PlannedFault[], instancesAtStart: number): PlannedFault[] {
  let number = instancesAtStart
  return faults.map(fault => (fault.target === 'new' ? { ...fault, target: `chat-${++number}` } : fault))
}

/** One of the instances that no other fault has at that time, or else one that none holds down; any, where there is none. */
function drawTarget(
  fault: PlannedFault,
  planned: readonly PlannedFault[],
  instances: readonly string[],
  random: Random,
): string {
  const free = instances.filter(instance =>
    planned.every(other => {
      if (other.target !== instance) return true
      const [own, its] = [downtime(fault), downtime(other)]
      return its.toMs < own.fromMs || own.toMs < its.fromMs
    }),
  )
  const candidates = free.length > 0 ? free : instances
  return candidates[random.int(candidates.length)]!
}

/** Of no length where the fault leaves its instance up. */
function downtime({ kind, atMs, settings }: PlannedFault): { fromMs: number; toMs: number } {
  const seconds = downtimeSecondsMax(kind, settings)
  return { fromMs: atMs, toMs: seconds === 0 ? atMs : atMs + seconds * 1000 }
}

function httpLoadSize({ topology, load }: Scenario): HttpLoadSize {
  const { seconds, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  return { instances: topology.instances, seconds, warmUpSeconds }
}

function inMs(seconds: number): number {
  return Math.round(seconds * MICROSECONDS_PER_SECOND) / 1000
}
