/**
 * Lost: deliveries owed that never came; undeclared holes between two seqs sent to one client, whatever the acks say, and even
 * where the client saw the hole and fetched what was missing again (the service lost it; that the client mends is its merit);
 * acknowledged messages that are not in the log. What the service itself declared gone is counted apart, as declared gaps.
 */

import type { GapRecord, RoomLog } from '../ledger/ledger.ts'
import { attribute } from './attribution.ts'
import { type Order, orderAtSeq, seqOf } from './epochs.ts'
import { type Finding, FindingCollector, type StreamPart } from './finding.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'
import { eachObligation } from './obligations.ts'
import type { PhaseMap } from './phases.ts'

export interface LostFinding {
  readonly lost: Finding
  readonly declaredGaps: Finding
}

/** A hole wider than this is not looked at seq by seq: the rest of it counts as lost. Holes of an honest service are small. */
const HOLE_SEQS_EXAMINED_MAX = 1_000_000

interface DeclaredGap {
  /** The range between these two, both exclusive, is gone. */
  readonly after: Order
  readonly next: Order
}

interface Context {
  readonly run: IndexedRun
  readonly phases: PhaseMap
  readonly lost: FindingCollector
  readonly declared: FindingCollector
}

export function checkLost(run: IndexedRun, phases: PhaseMap): LostFinding {
  const context = { run, phases, lost: new FindingCollector(), declared: new FindingCollector() }
  const deliveredTo = new Int32Array(run.messages.count).fill(-1)
  let stamp = 0
  for (const room of run.rooms) {
    const gapsOfRoom: DeclaredGap[] = []
    for (const member of room.members) {
      const gaps = member.membership.gaps.map(gap => declaredGap(gap, room))
      gapsOfRoom.push(...gaps)
      for (const { numbers } of member.membership.deliveries) {
        for (const number of numbers) if (number >= 0 && number < deliveredTo.length) deliveredTo[number] = stamp
      }
      const missed = missedObligations(context, room, member, number => deliveredTo[number] === stamp, gaps)
      findHoles(context, room, member, missed, gaps)
      findMendedHoles(context, room, member, missed, gaps)
      stamp++
    }
    if (room.log !== null) findUnlogged(context, room, room.log, gapsOfRoom)
  }
  return { lost: context.lost.finding(), declaredGaps: context.declared.finding() }
}

function declaredGap(gap: GapRecord, room: IndexedRoom): DeclaredGap {
  return { after: room.epochs.orderOf(gap.after), next: room.epochs.orderOf(gap.next) }
}

function isInGap(gaps: readonly DeclaredGap[], order: Order): boolean {
  return gaps.some(gap => order > gap.after && order < gap.next)
}

/** A gap cannot excuse what was first handed over after everything had healed. */
function isExcused(run: IndexedRun, number: number, gaps: readonly DeclaredGap[]): boolean {
  const { healedAtMs } = run.ledger
  if (healedAtMs !== null && run.messages.handedAtMs[number]! > healedAtMs) return false
  return isInGap(gaps, run.messages.order[number]!)
}

/** Counts owed messages that never came. Returns their places, so that they are not counted again as holes. */
function missedObligations(
  { run, phases, lost, declared }: Context,
  room: IndexedRoom,
  member: Member,
  isDelivered: (number: number) => boolean,
  gaps: readonly DeclaredGap[],
): Set<Order> {
  const missed = new Set<Order>()
  eachObligation(run, room, member, number => {
    if (isDelivered(number)) return
    const order = run.messages.order[number]!
    missed.add(order)
    const isGone = isExcused(run, number, gaps)
    const what = isGone ? 'the service declared it gone' : 'owed, but never delivered'
    const example = () =>
      attribute(run, phases, { what, room, member, message: number, part: partOfStream(room, member, order) })
    if (isGone) declared.add(example)
    else lost.add(example)
  })
  return missed
}

/** Where in the member's stream a place lies that is missing from it. */
function partOfStream(room: IndexedRoom, member: Member, order: Order): StreamPart {
  let first = Infinity
  let last = -Infinity
  for (const { epoch, fromSeq, numbers } of member.membership.deliveries) {
    const from = room.epochs.orderOf({ epoch, seq: fromSeq })
    first = Math.min(first, from)
    last = Math.max(last, from + numbers.length - 1)
  }
  if (first === Infinity) return 'whole'
  // A place that is not known can only be that of a message that nobody got.
  if (order < first) return 'prefix'
  return order < last ? 'middle' : 'end'
}

/** Counts seqs that are missing between two runs of deliveries, and that nothing else accounts for. */
function findHoles(
  { run, phases, lost }: Context,
  room: IndexedRoom,
  member: Member,
  missed: ReadonlySet<Order>,
  gaps: readonly DeclaredGap[],
): void {
  const { deliveries, leaves } = member.membership
  let accounted: Set<Order> | null = null
  for (let index = 1; index < deliveries.length; index++) {
    const before = deliveries[index - 1]!
    const after = deliveries[index]!
    const last = room.epochs.orderOf({ epoch: before.epoch, seq: before.fromSeq + before.numbers.length - 1 })
    const next = room.epochs.orderOf({ epoch: after.epoch, seq: after.fromSeq })
    // Seq rises by one across epochs too. A step back is out of order, not a hole.
    const missing = seqOf(next) - seqOf(last) - 1
    if (next < last || missing <= 0) continue
    const hasLeft = leaves.some(leave => leave.answeredAtMs >= before.lastAtMs && leave.answeredAtMs <= after.firstAtMs)
    if (hasLeft) continue

    accounted ??= accountedPlaces(room, member, missed)
    for (let step = 1; step <= Math.min(missing, HOLE_SEQS_EXAMINED_MAX); step++) {
      const seq = seqOf(last) + step
      // Where the epoch changes within the hole, nobody knows which of the two the missing seq belongs to.
      const candidates = [orderAtSeq(last, seq), orderAtSeq(next, seq)]
      if (candidates.some(order => accounted?.has(order) || isInGap(gaps, order))) continue
      const what = 'a hole between two delivered messages, not declared by the service'
      lost.add(() =>
        attribute(run, phases, { what, room, member, order: candidates[0], part: 'middle', atMs: after.firstAtMs }),
      )
    }
    const unexamined = missing - HOLE_SEQS_EXAMINED_MAX
    const what = `a hole of ${missing} messages, not declared by the service`
    lost.add(
      () => attribute(run, phases, { what, room, member, order: last + 1, part: 'middle', atMs: after.firstAtMs }),
      unexamined,
    )
  }
}

/** Counts what the client did not get the first time, saw missing, and got after it had joined again. Each place once. */
function findMendedHoles(
  { run, phases, lost }: Context,
  room: IndexedRoom,
  member: Member,
  missed: ReadonlySet<Order>,
  gaps: readonly DeclaredGap[],
): void {
  const counted = new Set<Order>()
  for (const { after, next, atMs } of member.membership.holes) {
    const last = room.epochs.orderOf(after)
    const missing = after.epoch === next.epoch ? next.seq - after.seq - 1 : 1
    for (let step = 1; step <= Math.min(missing, HOLE_SEQS_EXAMINED_MAX); step++) {
      const order = last + step
      if (counted.has(order) || missed.has(order) || isInGap(gaps, order)) continue
      counted.add(order)
      const what = 'left out by the service; the client saw the hole and fetched it again'
      lost.add(() => attribute(run, phases, { what, room, member, order, part: 'middle', atMs }))
    }
  }
}

/** Places that the member got, whatever was in them and whenever, or whose absence is counted already. */
function accountedPlaces(room: IndexedRoom, member: Member, missed: ReadonlySet<Order>): Set<Order> {
  const places = new Set(missed)
  for (const { epoch, fromSeq, numbers } of member.membership.deliveries) {
    const first = room.epochs.orderOf({ epoch, seq: fromSeq })
    for (let i = 0; i < numbers.length; i++) places.add(first + i)
  }
  for (const { position } of member.membership.phantoms) places.add(room.epochs.orderOf(position))
  return places
}

/** Counts acknowledged messages that the log does not have, though it goes back far enough. */
function findUnlogged(context: Context, room: IndexedRoom, log: RoomLog, gaps: readonly DeclaredGap[]): void {
  const { run, phases, lost, declared } = context
  const logged = new Set(log.entries.map(entry => entry.number))
  for (const number of room.accepted) {
    const message = run.ledger.messages[number]!
    if (message.outcome !== 'ok' || logged.has(number)) continue
    if (message.position !== null && message.position.seq < log.firstSeq) continue
    // Redis lost it, and the service said so to somebody who was still owed it.
    const isGone = isExcused(run, number, gaps)
    const what = isGone
      ? 'acknowledged and not in the log; the service declared it gone'
      : 'acknowledged, but not in the log'
    const example = () => attribute(run, phases, { what, room, message: number })
    if (isGone) declared.add(example)
    else lost.add(example)
  }
}
