/**
 * Draws a scenario from a seed: topology, load and faults. Pure; every one that is drawn keeps the rules and can be run to its end.
 *
 * Explored is for what must never happen: losses and the like, clients that are stranded, instances that do not come back. Latency has no
 * budget, so that a slow machine is no finding.
 */

import { REDIS_TARGET } from '../plan/plan.ts'
import { createRandom, type Random } from '../plan/random.ts'
import { type FaultName, faultKind } from '../scenario/fault-kinds.ts'
import type { Budgets, FaultSpec, FaultTarget, Load, Scenario, Topology } from '../scenario/scenario.ts'
import { FAULT_DRAWS, faultDraw, tenths } from './fault-draws.ts'
import { type ExpectedFault, runnableFaults } from './runnable.ts'

export interface Range {
  readonly min: number
  readonly max: number
}

/** Limits of what is drawn besides the faults. */
export interface DrawRanges {
  readonly instances: Range
  readonly clients: Range
  readonly rooms: Range
  readonly messagesPerSecond: Range
  readonly seconds: Range
  readonly faults: Range
}

/** Small enough that two cores keep up, so that a run says something, and that a run takes about half a minute. */
export const DRAW_RANGES: DrawRanges = {
  instances: { min: 2, max: 4 },
  clients: { min: 40, max: 300 },
  rooms: { min: 2, max: 20 },
  messagesPerSecond: { min: 50, max: 200 },
  seconds: { min: 12, max: 20 },
  faults: { min: 1, max: 5 },
}

export interface DrawnScenario {
  readonly scenario: Scenario
  /** Of its plan. */
  readonly seed: number
}

export interface DrawOptions {
  /** Of the whole exploration. */
  readonly seed: number
  /** Which of its runs, from 1. */
  readonly number: number
  readonly kinds: readonly FaultName[]
  readonly ranges?: DrawRanges
}

/** A limit that no run of this size reaches. */
export const UNLIMITED = 1_000_000_000
/** Before that, clients still settle in; after it, a fault would meet no load any more. */
const FIRST_FAULT_SECONDS = 1
const LAST_FAULT_SECONDS = 2
/** Proposals for each fault that is wanted; those that do not go with the others are dropped. */
const PROPOSALS_PER_FAULT = 10
/** What a client is sent in a second, so that the socket buffers are full within the time of the fault. */
const SLOW_READER_LOAD = { rooms: 2, clients: 40, messagesPerSecond: 150, textBytes: 8192, seconds: 20 }
/** The lowest cap: the buffers of the operating system come before it. */
const SLOW_READER_ENVIRONMENT = { SLOW_READER_BYTES_MAX: '65536' }

/** The service finds dead connections as quickly as the clients do, so that its counts can be judged. */
const FINDS_OUT = { IDLE_PING_MS: '10000', IDLE_MS_MAX: '20000' }

/** The longest backoff of a client, a dead link that is found after 5 s, and as much again. */
const SETTLE_SECONDS_MAX = 20

const SEEDS = 2 ** 31

export function drawScenario({ seed, number, kinds, ranges = DRAW_RANGES }: DrawOptions): DrawnScenario {
  const random = createRandom(seed, `explore ${number}`)
  const planSeed = random.int(SEEDS)
  const instances = within(random, ranges.instances)
  const wanted = within(random, ranges.faults)
  const first = drawKind(random, kinds)
  const others = Array.from({ length: wanted * PROPOSALS_PER_FAULT }, () => drawKind(random, kinds))
  // Slow readers need a load of their own, so they come first or not at all.
  const proposals = [first, ...others.filter(kind => kind !== 'slow-readers' || first === 'slow-readers')]
  const load = first === 'slow-readers' ? slowReaderLoad() : drawLoad(random, instances, ranges)
  const instancesDownMax = 1 + random.int(Math.max(1, instances - 1))
  const environment = { ...FINDS_OUT, ...(first === 'slow-readers' ? SLOW_READER_ENVIRONMENT : {}) }
  const bare: Scenario = {
    about: `Drawn by explore: run ${number} of seed ${seed}.`,
    topology: { instances, environment },
    load,
    faults: [],
    budgets: {},
    instancesDownMax,
    settleSecondsMax: SETTLE_SECONDS_MAX,
  }
  const faults = drawFaults(bare, planSeed, wanted, proposals, random)
  const topology: Topology = { ...bare.topology, ...drawFsync(faults, random) }
  return { scenario: { ...bare, topology, faults, budgets: budgetsFor(faults) }, seed: planSeed }
}

function drawKind(random: Random, kinds: readonly FaultName[]): FaultName {
  const total = kinds.reduce((sum, kind) => sum + FAULT_DRAWS[kind].weight, 0)
  let left = random.int(total)
  for (const kind of kinds) {
    left -= FAULT_DRAWS[kind].weight
    if (left < 0) return kind
  }
  throw new Error('there is no kind of fault to draw from')
}

function drawLoad(random: Random, instances: number, ranges: DrawRanges): Load {
  const clients = within(random, ranges.clients)
  // Each room needs a member on each instance.
  const roomsMax = Math.max(1, Math.min(ranges.rooms.max, Math.floor(clients / instances)))
  const rooms = within(random, { min: Math.min(ranges.rooms.min, roomsMax), max: roomsMax })
  return {
    rooms,
    clients,
    ...(random.int(4) === 0 && rooms > 1 ? { roomsPerClient: 2 } : {}),
    messagesPerSecond: within(random, ranges.messagesPerSecond),
    textBytes: 24 + random.int(300),
    seconds: within(random, ranges.seconds),
  }
}

function slowReaderLoad(): Load {
  return { ...SLOW_READER_LOAD }
}

/** Takes proposals, in order, until as many faults as are wanted go together. */
function drawFaults(
  bare: Scenario,
  planSeed: number,
  wanted: number,
  proposals: readonly FaultName[],
  random: Random,
): FaultSpec[] {
  let faults: FaultSpec[] = []
  for (const kind of proposals) {
    if (faults.length >= wanted) break
    const more = [...faults, drawFault(kind, bare, random)]
    if (goTogether({ ...bare, faults: more }, planSeed)) faults = more
  }
  return faults.sort((a, b) => (a.atSeconds as number) - (b.atSeconds as number))
}

function drawFault(kind: FaultName, { topology, load }: Scenario, random: Random): FaultSpec {
  const lastSeconds = Math.max(FIRST_FAULT_SECONDS, load.seconds - LAST_FAULT_SECONDS)
  const atSeconds =
    kind === 'slow-readers' ? FIRST_FAULT_SECONDS : tenths(random, FIRST_FAULT_SECONDS, Math.floor(lastSeconds))
  const target = faultKind(kind).hits === 'instances' ? drawTarget(kind, topology.instances, random) : {}
  return { kind, ...target, atSeconds, ...faultDraw(kind).settings(random) } as FaultSpec
}

/** What takes an instance down hits one, or each in turn; the other kinds hit all as often as one or some. */
function drawTarget(
  kind: FaultName,
  instances: number,
  random: Random,
): { target?: FaultTarget; everySeconds?: number } {
  const { isDown } = faultKind(kind)
  const name = `chat-${1 + random.int(instances)}` as const
  const one: { target?: FaultTarget } = random.int(2) === 0 ? { target: 'random' } : { target: name }
  switch (random.int(isDown ? 8 : 4)) {
    case 0:
      return { target: 'each', everySeconds: tenths(random, 0.5, 4) }
    case 1:
      return isDown ? one : { target: 'all' }
    case 2:
      return isDown ? one : { target: { fraction: 0.5 } }
    default:
      return one
  }
}

/** Whether the scenario keeps the rules, and no fault of its plan would find that what it hits is already away. */
function goTogether(scenario: Scenario, planSeed: number): boolean {
  const expected = runnableFaults(scenario, planSeed)
  return expected?.every(one => expected.every(other => other === one || !isInTheWay(other, one))) === true
}

function isInTheWay(other: ExpectedFault, one: ExpectedFault): boolean {
  const isDuring = one.fromMs >= other.fromMs && one.fromMs <= other.untilMs
  if (!isDuring) return false
  // Whether a link to Redis is slow or cut is seen by what Redis answers.
  if (faultKind(one.fault.kind).link === 'redis' && other.fault.kind === 'restart-redis') return true
  if (one.fault.target !== other.fault.target) return false
  // The server can end, or be full, once at a time.
  if (one.fault.target === REDIS_TARGET) return true
  return faultDraw(one.fault.kind).needsServing && faultKind(other.fault.kind).isDown
}

/** A server that is killed may only be one that writes everything to disk at once, or acknowledged messages go with it. */
function drawFsync(faults: readonly FaultSpec[], random: Random): Pick<Topology, 'appendFsync'> {
  const isKilled = faults.some(fault => fault.kind === 'restart-redis' && fault.signal === 'SIGKILL')
  return !isKilled && random.int(4) === 0 ? { appendFsync: 'everysec' } : {}
}

/** What every run is judged by holds here too, but for what these faults entitle the service to. */
function budgetsFor(faults: readonly FaultSpec[]): Budgets {
  const losesData = faults.some(fault => fault.kind === 'restart-redis' && fault.data === 'lost')
  const areReadersDisturbed = faults.length > 1 && faults.some(({ kind }) => kind === 'slow-readers')
  const isDrainDisturbed = faults.some(({ kind }) => FAULT_DRAWS[kind].disturbsDrains)
  return {
    // What was being sent is sent again where Redis no longer knows that it had it; see `docs/protocol.md`.
    ...(losesData ? { declaredGaps: UNLIMITED, duplicated: UNLIMITED } : {}),
    ...(areReadersDisturbed ? { slowReadersWithoutCode: UNLIMITED } : {}),
    ...(isDrainDisturbed ? { uncleanDrains: UNLIMITED } : {}),
  }
}

function within(random: Random, { min, max }: Range): number {
  return min + random.int(max - min + 1)
}
