/**
 * Test support: builds a plan and a ledger from a terse literal form, so that a test shows its history at a glance.
 *
 * A client's stream is written as text, in order of arrival: `5` message 5 at its place, `5@7` at seq 7, `5@b:7` in epoch b,
 * `?9` a phantom at seq 9, `|` the connection was lost and another one resumed, `gap(3,7)` the service declared 4 to 6 gone,
 * `leave(6)` the leave was answered at seq 6, `join(8)` a later join was answered at seq 8. A log is written with the same tokens.
 * What is not said is honest: messages are handed over in time, acknowledged at seq 1, 2, 3 … of their room in epoch `a`, and in its log.
 */

import { LatencyHistograms } from '../ledger/latency-recording.ts'
import type {
  ClientRecord,
  FaultRecord,
  LatencyRecord,
  Ledger,
  MessageRecord,
  RoomRecord,
  TimedKind,
} from '../ledger/ledger.ts'
import type { Plan, PlannedFault, PlannedMessages } from '../plan/plan.ts'
import { buildClient, parsePlace } from './history-client.ts'
import { withCounts } from './history-counts.ts'
import { type IndexedRun, indexRun } from './indexed-run.ts'
import { allSteady, type PhaseMap } from './phases.ts'

export interface HistorySketch {
  /** Default 2. */
  readonly instances?: number
  /** Default: none. */
  readonly balancer?: Plan['balancer']
  /** Default one room. */
  readonly rooms?: readonly string[]
  /** By name: the stream of the only room, or more. Clients start on the instances in turn. */
  readonly clients: Readonly<Record<string, string | ClientSketch>>
  /** The load, in order of time. A name alone: that client, 100 ms after the one before. */
  readonly sends?: readonly (string | SendSketch)[]
  readonly rollCall?: readonly (string | SendSketch)[]
  /** Null: the roll call never began. Default 20 s. */
  readonly rollCallAtMs?: number | null
  /** By room: the log's entries as a stream. Null: it could not be read. Default: what was acknowledged. */
  readonly logs?: Readonly<Record<string, string | { firstSeq: number; entries: string } | null>>
  readonly faults?: readonly FaultSketch[]
  /** By kind and slice: samples in milliseconds. */
  readonly latencies?: Partial<Record<TimedKind, Readonly<Record<number, readonly number[]>>>>
  /** Default 10 s. */
  readonly loadMs?: number
  /** Default: the last fault's healing, 0 without faults. */
  readonly healedAtMs?: number | null
  /** By name: what the client was told of how many are in its first room, as in `history-counts.ts`. Default: the truth. */
  readonly counts?: Readonly<Record<string, string>>
  /** Null: counts were not written down. Default 60 s. */
  readonly countedUntilMs?: number | null
  readonly visits?: Ledger['visits']
  readonly late?: Ledger['late']
  readonly memory?: Ledger['memory']
  readonly deliveredIn?: Ledger['deliveredIn']
}

export interface SendSketch {
  readonly by: string
  readonly room?: string
  readonly atMs?: number
  /** Null: never. Default: `atMs`. */
  readonly handedAtMs?: number | null
  readonly outcome?: MessageRecord['outcome']
  /** As in a stream: a seq, or epoch and seq. Default: the next seq. Messages that are not `ok` take none unless said. */
  readonly at?: number | string
  readonly code?: string
}

export interface ClientSketch {
  readonly instance?: number
  /** By room. */
  readonly streams: Readonly<Record<string, string>>
  /** First join: when answered and after which seq. Default -500 ms, 0. Null: never answered. */
  readonly joinedAtMs?: number | null
  readonly joinedAtSeq?: number
  readonly connections?: ClientRecord['connections']
  readonly connectedAtEnd?: boolean
  readonly joinedAtEnd?: boolean
  readonly positionAtEnd?: string | number
  readonly wentHomeAtMs?: number
  readonly failedConnects?: ClientRecord['failedConnects']
  /** Of the first membership. */
  readonly late?: number
  /** Between two places each, as in '1-3'. */
  readonly holes?: readonly string[]
  readonly duplicatedOnWire?: number
}

export type FaultSketch = Partial<FaultRecord> & { readonly heals?: boolean }

export interface History {
  readonly plan: Plan
  readonly ledger: Ledger
  readonly run: IndexedRun
  readonly phases: PhaseMap
}

export interface PlannedSend {
  readonly by: string
  readonly room: number
  readonly atMs: number
  readonly record: MessageRecord
}

const SEND_EVERY_MS = 100

export function history(sketch: HistorySketch): History {
  const rooms = sketch.rooms ?? ['lobby']
  const names = Object.keys(sketch.clients)
  const instances = Array.from({ length: sketch.instances ?? 2 }, (_, index) => `chat-${index + 1}`)
  const rollCallAtMs = sketch.rollCallAtMs === undefined ? 20_000 : sketch.rollCallAtMs
  const nextSeq = rooms.map(() => 1)
  const load = buildSends(sketch.sends ?? [], rooms, instances.length, names, nextSeq, 0)
  const rollCall = buildSends(sketch.rollCall ?? [], rooms, instances.length, names, nextSeq, rollCallAtMs ?? 0)
  const sends = [...load, ...rollCall]

  const faults = (sketch.faults ?? []).map(buildFault)
  const uncounted = names.map((name, index) =>
    buildClient(sketch.clients[name]!, rooms, sends, index % instances.length, instances.length),
  )
  const told = Object.entries(sketch.counts ?? {}).map(([name, text]) => [names.indexOf(name), text] as const)
  const clients = withCounts(uncounted, Object.fromEntries(told))
  const healedAtMs = faults.reduce<number | null>((latest, { healedAtMs }) => Math.max(latest ?? 0, healedAtMs ?? 0), 0)
  const plan: Plan = {
    schema: 1,
    scenario: 'sketch',
    seed: 1,
    instances,
    instancesAtStart: instances.length,
    instancesDownMax: Math.max(1, instances.length - 1),
    ...(sketch.balancer === undefined ? {} : { balancer: sketch.balancer }),
    rooms,
    clients: names.map((name, index) => ({
      name,
      instance: index % instances.length,
      rooms: clients[index]!.memberships.map(membership => membership.room),
    })),
    messages: planned(load, names, 0),
    rollCall: planned(rollCall, names, rollCallAtMs ?? 0),
    faults: (sketch.faults ?? []).map((fault, index) => plannedFault(fault, faults[index]!)),
    textBytes: 64,
    warmUpMs: 2_000,
    loadMs: sketch.loadMs ?? 10_000,
    settleMsMax: 30_000,
    deadlineMs: 5_000,
  }
  const ledger: Ledger = {
    messages: sends.map(send => send.record),
    clients,
    rooms: rooms.map((name, room) => buildRoom(sketch.logs?.[name], room, sends)),
    faults,
    latencies: buildLatencies(sketch.latencies ?? {}),
    generators: [{ worker: 0, eventLoopUtilization: 0.3, plannedSends: load.length, handedSends: load.length }],
    rollCallAtMs,
    healedAtMs: sketch.healedAtMs === undefined ? healedAtMs : sketch.healedAtMs,
    residue: [],
    countedUntilMs: sketch.countedUntilMs === undefined ? 60_000 : sketch.countedUntilMs,
    ...(sketch.visits === undefined ? {} : { visits: sketch.visits }),
    ...(sketch.late === undefined ? {} : { late: sketch.late }),
    ...(sketch.deliveredIn === undefined ? {} : { deliveredIn: sketch.deliveredIn }),
    ...(sketch.memory === undefined ? {} : { memory: sketch.memory }),
    aborted: null,
  }
  return { plan, ledger, run: indexRun(plan, ledger), phases: allSteady(plan.loadMs) }
}

/** So many samples of the same value. */
export function samples(valueMs: number, count: number): number[] {
  return new Array<number>(count).fill(valueMs)
}

function buildSends(
  sketches: readonly (string | SendSketch)[],
  rooms: readonly string[],
  instances: number,
  names: readonly string[],
  nextSeq: number[],
  startMs: number,
): PlannedSend[] {
  return sketches.map((sketch, index) => {
    const send = typeof sketch === 'string' ? { by: sketch } : sketch
    const room = rooms.indexOf(send.room ?? rooms[0]!)
    const atMs = startMs + (send.atMs ?? index * SEND_EVERY_MS)
    const outcome = send.outcome ?? 'ok'
    const handedAtMs = send.handedAtMs === undefined ? atMs : send.handedAtMs
    const position =
      send.at !== undefined
        ? parsePlace(String(send.at))
        : outcome === 'ok'
          ? { epoch: 'a', seq: nextSeq[room]! }
          : null
    if (position !== null) nextSeq[room] = position.seq + 1
    const record: MessageRecord = {
      handedAtMs,
      instance: names.indexOf(send.by) % instances,
      outcome,
      ...(outcome === 'rejected' ? { code: send.code ?? 'unavailable' } : {}),
      position: outcome === 'ok' ? position : null,
      ackedAtMs: outcome === 'ok' ? (handedAtMs ?? atMs) + 2 : null,
      ackedInstance: outcome === 'ok' ? names.indexOf(send.by) % instances : -1,
    }
    return { by: send.by, room, atMs, record }
  })
}

function planned(sends: readonly PlannedSend[], names: readonly string[], startMs: number): PlannedMessages {
  return {
    atMs: sends.map(send => send.atMs - startMs),
    client: sends.map(send => names.indexOf(send.by)),
    room: sends.map(send => send.room),
  }
}

function buildRoom(
  log: string | { firstSeq: number; entries: string } | null | undefined,
  room: number,
  sends: readonly PlannedSend[],
): RoomRecord {
  if (log === null) return { log: null }
  const acked = sends.flatMap(({ room: of, record }, number) =>
    of === room && record.position !== null ? [{ ...record.position, number }] : [],
  )
  const text = typeof log === 'string' ? log : log?.entries
  const entries =
    text === undefined
      ? acked
      : text.split(/\s+/).flatMap(token => {
          if (token === '') return []
          const [number, place] = token.split('@')
          const isPhantom = number!.startsWith('?')
          const position = isPhantom
            ? parsePlace(number!.slice(1))
            : place === undefined
              ? sends[Number(number)]!.record.position!
              : parsePlace(place)
          return [{ ...position, number: isPhantom ? -1 : Number(number) }]
        })
  const top = entries.at(-1) ?? { epoch: 'a', seq: 0 }
  const firstSeq = typeof log === 'object' ? log.firstSeq : 1
  return { log: { top: { epoch: top.epoch, seq: top.seq }, firstSeq, entries } }
}

function buildFault({ heals: _, ...sketch }: FaultSketch): FaultRecord {
  const firedAtMs = sketch.firedAtMs === undefined ? 3_000 : sketch.firedAtMs
  return {
    kind: 'kill-instance',
    target: 'chat-2',
    plannedAtMs: firedAtMs ?? 3_000,
    firedAtMs,
    effectAtMs: firedAtMs,
    healedAtMs: firedAtMs === null ? null : firedAtMs + 1_500,
    status: firedAtMs === null ? 'not-fired' : 'fired',
    evidence: 'seen to exit',
    exit: null,
    ...sketch,
  }
}

function plannedFault(sketch: FaultSketch, record: FaultRecord): PlannedFault {
  const { kind, target, plannedAtMs } = record
  return { kind, target, atMs: plannedAtMs, heals: sketch.heals ?? true, lastsMs: 1_000, settings: {} }
}

function buildLatencies(sketch: NonNullable<HistorySketch['latencies']>): LatencyRecord[] {
  const latencies = new LatencyHistograms(0)
  for (const [kind, slices] of Object.entries(sketch)) {
    for (const [slice, values] of Object.entries(slices)) {
      for (const value of values) latencies.record(kind as TimedKind, Number(slice), value)
    }
  }
  return latencies.flush(Infinity)
}
