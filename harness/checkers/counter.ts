/**
 * Counter: how many are in a room, as its clients were told, against how many of them had joined it.
 *
 * A room is quiet between two changes of who is in it: a join that was asked or answered, an answered leave, a closed connection of one who had
 * asked. 10 s after a change, what each joined client was told last on its present connection has to be true, and has to stay so for
 * as long as it is quiet. A client counts once for each quiet time, whatever it was told. Every client is a user of its own, so connections
 * and participants are the same number.
 *
 * Not judged: a quiet time in which a join was open all the time; visits of others; and the time of a fault that ends no instance, since one that
 * is frozen or cut off cannot tell, nor be told, who is there. When it has healed, 10 s later all has to be right again; after connections went dead
 * without a word, 10 s after both sides must have found out. What is right at the end of a run is right, however soon it comes.
 */

import { COUNT_BURST_MS_MAX } from '../ledger/count-log.ts'
import type { CountRecord, FaultRecord } from '../ledger/ledger.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import { attribute, connectionAt } from './attribution.ts'
import { foundOutAtMs } from './fault-window.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

/** The contract's 10 s after a change, and what the ledger may be late by. */
export const COUNT_MS_MAX = 10_000 + COUNT_BURST_MS_MAX
/** Others may be told that somebody has gone before the client itself notices, or is answered that it has left. */
const NOTICE_MS_MAX = 1_000

const NOT_WRITTEN = 'nobody wrote down how many clients were told to be in a room'

export interface CounterFinding {
  /** Null: nobody knows; then `whyUnknown` says why. */
  readonly counterWrong: Finding | null
  readonly whyUnknown: string | null
  /** Clients and quiet times that were judged. */
  readonly judged: number
}

interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

interface QuietTime extends Span {
  /** No change came after it. */
  readonly isLast: boolean
}

/** A member that had joined, with the numbers that it was told on its connection until the end of a quiet time, in order of time. */
interface Joined {
  readonly member: Member
  readonly told: readonly CountRecord[]
}

export function checkCounter(run: IndexedRun, phases: PhaseMap): CounterFinding {
  const endAtMs = run.ledger.countedUntilMs ?? null
  if (endAtMs === null) return { counterWrong: null, whyUnknown: NOT_WRITTEN, judged: 0 }
  const found = new FindingCollector()
  let judged = 0
  const open: string[] = []
  for (const room of run.rooms) {
    const unknown = unknownSpans(run, room)
    for (const quiet of quietTimes(room, unknown, endAtMs)) {
      const isUnknown = unknown.some(span => contains(span, quiet.fromMs))
      const isLongEnough = !isUnknown && quiet.untilMs - quiet.fromMs >= COUNT_MS_MAX
      const joined = joinedDuring(room, quiet)
      const dueAtMs = isUnknown ? endAtMs : quiet.fromMs + COUNT_MS_MAX
      const wrong = (joined ?? []).filter(({ told }) => isWrong(told, joined!.length, dueAtMs))
      // The end may come too soon to blame anybody; what is right by then is right.
      if (quiet.isLast && (joined === null || (wrong.length > 0 && !isLongEnough))) open.push(room.name)
      if (joined === null || !(isLongEnough || (quiet.isLast && wrong.length === 0))) continue
      judged += joined.length
      for (const { member, told } of wrong) {
        const what = describe(told, joined.length, quiet)
        found.add(attribute(run, phases, { what, room, member, atMs: quiet.fromMs }))
      }
    }
  }
  const finding = found.finding()
  if (open.length === 0 || finding.count > 0) return { counterWrong: finding, whyUnknown: null, judged }
  const whyUnknown = `the run ended too soon after the last change to judge the counts of ${open.length} rooms, such as ${open[0]}`
  return { counterWrong: null, whyUnknown, judged }
}

function contains({ fromMs, untilMs }: Span, atMs: number): boolean {
  return fromMs <= atMs && atMs < untilMs
}

/** After which everybody knows who is where. */
function endsAnInstance({ kind }: FaultRecord): boolean {
  const { isDown, endsBy } = faultKind(kind)
  return isDown && endsBy !== 'time'
}

/** When nobody knows how many are in the room. */
function unknownSpans({ plan, ledger }: IndexedRun, { room }: IndexedRoom): Span[] {
  const faults = ledger.faults.flatMap((fault, index) => {
    if (fault.firedAtMs === null || fault.effectAtMs === null || endsAnInstance(fault)) return []
    return [{ fromMs: fault.firedAtMs, untilMs: foundOutAtMs(plan.faults[index], fault) ?? Infinity }]
  })
  return [...(ledger.visits ?? []).filter(({ rooms }) => rooms.includes(room)), ...faults]
}

/** Those that are long enough to be judged, and the last one. */
function quietTimes({ members }: IndexedRoom, unknown: readonly Span[], endAtMs: number): QuietTime[] {
  const departures = new Set<number>()
  const changes = new Set<number>(unknown.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]))
  for (const { record, membership } of members) {
    for (const { askedAtMs, answeredAtMs, connection } of membership.joins) {
      changes.add(askedAtMs)
      if (answeredAtMs !== null) changes.add(answeredAtMs)
      departures.add(record.connections[connection]?.closedAtMs ?? Infinity)
    }
    for (const { answeredAtMs } of membership.leaves) departures.add(answeredAtMs)
  }
  const gone = [...departures].sort((a, b) => a - b)
  const times = [...new Set([...changes, ...departures])].filter(atMs => atMs < endAtMs).sort((a, b) => a - b)
  return times.flatMap((fromMs, index): QuietTime[] => {
    const nextMs = times[index + 1]
    if (nextMs === undefined) return [{ fromMs, untilMs: endAtMs, isLast: true }]
    if (nextMs - fromMs < COUNT_MS_MAX) return []
    const nextGoneMs = gone.find(atMs => atMs >= nextMs) ?? Infinity
    const untilMs = Math.min(nextMs, nextGoneMs - NOTICE_MS_MAX)
    return untilMs - fromMs < COUNT_MS_MAX ? [] : [{ fromMs, untilMs, isLast: false }]
  })
}

/** Everybody who was in the room during a quiet time. Null: not known, since a join was open. */
function joinedDuring({ members }: IndexedRoom, { fromMs, untilMs }: QuietTime): Joined[] | null {
  const joined: Joined[] = []
  for (const member of members) {
    const { record, membership } = member
    const connection = connectionAt(record.connections, fromMs)
    const joins = membership.joins.filter(join => join.connection === connection && join.askedAtMs <= fromMs)
    const answered = joins.findLast(({ answeredAtMs }) => answeredAtMs !== null && answeredAtMs <= fromMs)
    const leftAtMs = membership.leaves.findLast(({ answeredAtMs }) => answeredAtMs <= fromMs)?.answeredAtMs ?? -Infinity
    if (connection < 0 || joins.length === 0) continue
    if (answered === undefined) return null
    if (leftAtMs > answered.answeredAtMs!) continue
    const openedAtMs = Math.max(record.connections[connection]!.openedAtMs, leftAtMs)
    const told = (membership.counts ?? []).filter(({ atMs }) => atMs >= openedAtMs && atMs <= untilMs)
    joined.push({ member, told })
  }
  return joined
}

/** What was told last until `dueAtMs`, and everything after it, has to be the truth. */
function isWrong(told: readonly CountRecord[], truth: number, dueAtMs: number): boolean {
  const first = told.findLastIndex(({ atMs }) => atMs <= dueAtMs)
  return first < 0 || told.slice(first).some(count => !isTrue(count, truth))
}

function isTrue({ connections, participants }: CountRecord, truth: number): boolean {
  return connections === truth && participants === truth
}

function describe(told: readonly CountRecord[], truth: number, { fromMs, untilMs }: QuietTime): string {
  const dueAtMs = fromMs + COUNT_MS_MAX
  const late = told.find(count => count.atMs > dueAtMs && !isTrue(count, truth))
  const last = told.findLast(({ atMs }) => atMs <= dueAtMs)
  const shown = last === undefined || isTrue(last, truth) ? late : last
  const seconds = ((untilMs - fromMs) / 1000).toFixed(1)
  const numbers =
    shown === undefined ? 'no numbers' : `${shown.connections} connections and ${shown.participants} participants`
  return `told ${numbers}, where ${truth} clients had joined, in ${seconds} s without a change`
}
