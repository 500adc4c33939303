/** Test support: the size of a history, and its plan. */

import type { Plan, PlannedClient, PlannedFault, PlannedMessages } from '../plan/plan.ts'
import { Dice } from './dice.ts'

export interface Shape {
  readonly seed: number
  readonly instances: number
  readonly rooms: number
  readonly clients: number
  /** Of the load, warm-up included. */
  readonly messages: number
  readonly faults: number
  readonly workers: number
}

const WARM_UP_MS = 500
const LOAD_MS = 3_000
const ROLL_CALL_EVERY_MS = 7
/** Of clients: those that do not speak at the roll call. */
const SILENT_SHARE = 0.1
/** Most messages come in one of two bursts, so that several are on their way at a time. */
const BURST_MS = 150

export function planOf({ seed, instances, rooms, clients, messages, faults }: Shape): Plan {
  const planned = Array.from({ length: clients }, (_, client) => planClient(seed, client, instances, rooms))
  const names = Array.from({ length: instances }, (_, index) => `chat-${index + 1}`)
  return {
    schema: 1,
    scenario: 'test-history',
    seed,
    instances: names,
    instancesAtStart: instances,
    instancesDownMax: Math.max(1, instances - 1),
    rooms: Array.from({ length: rooms }, (_, room) => `room-${room + 1}`),
    clients: planned,
    messages: planMessages(seed, messages, planned),
    rollCall: planRollCall(seed, planned),
    faults: planFaults(seed, faults, names),
    textBytes: 64,
    warmUpMs: WARM_UP_MS,
    loadMs: LOAD_MS,
    settleMsMax: 10_000,
    deadlineMs: 5_000,
  }
}

function planClient(seed: number, client: number, instances: number, rooms: number): PlannedClient {
  const dice = new Dice(seed, `planned client ${client}`)
  const own = dice.shuffled(Array.from({ length: rooms }, (_, room) => room)).slice(0, dice.between(1, 2))
  return { name: `client-${client + 1}`, instance: client % instances, rooms: own }
}

function planMessages(seed: number, count: number, clients: readonly PlannedClient[]): PlannedMessages {
  const dice = new Dice(seed, 'planned messages')
  const bursts = [1, 2].map(() => dice.between(-WARM_UP_MS, LOAD_MS - 1 - BURST_MS))
  const sends = Array.from({ length: count }, () => {
    const client = dice.between(0, clients.length - 1)
    const isOfBurst = dice.chance(0.6)
    const atMs = isOfBurst ? dice.pick(bursts) + dice.between(0, BURST_MS) : dice.between(-WARM_UP_MS, LOAD_MS - 1)
    return { atMs, client, room: dice.pick(clients[client]!.rooms) }
  })
  sends.sort((a, b) => a.atMs - b.atMs)
  return {
    atMs: sends.map(({ atMs }) => atMs),
    client: sends.map(({ client }) => client),
    room: sends.map(({ room }) => room),
  }
}

/** In large rooms not everybody speaks. */
function planRollCall(seed: number, clients: readonly PlannedClient[]): PlannedMessages {
  const dice = new Dice(seed, 'planned roll call')
  const speakers = [...clients.keys()].filter(() => !dice.chance(SILENT_SHARE))
  return {
    atMs: speakers.map((_, index) => index * ROLL_CALL_EVERY_MS),
    client: speakers,
    room: speakers.map(client => clients[client]!.rooms[0]!),
  }
}

/** Kinds that end an instance, which is what the simulation knows. */
const KINDS = ['kill-instance', 'stop-instance'] as const

/** Of different instances, so that none is down already, and one at least stays. */
function planFaults(seed: number, count: number, instances: readonly string[]): PlannedFault[] {
  const dice = new Dice(seed, 'planned faults')
  const targets = dice.shuffled(instances).slice(0, Math.min(count, instances.length - 1))
  const faults = targets.map(target => ({
    kind: dice.pick(KINDS),
    target,
    atMs: dice.between(0, LOAD_MS - 1),
    heals: dice.chance(0.8),
    lastsMs: dice.between(0, 800),
    settings: {},
  }))
  return faults.sort((a, b) => a.atMs - b.atMs)
}
