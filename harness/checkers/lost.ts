/**
 * Lost: deliveries owed that never came; undeclared holes between two seqs sent to one client, whatever the acks say, and even
 * where the client saw the hole and fetched what was missing again (the service lost it; that the client mends is its merit);
 * acknowledged messages that are not in the log. What the service itself declared gone is counted apart, as declared gaps.
 */

import type { DeliveryRun, GapRecord, RoomLog } from '../ledger/ledger.ts'
import { attribute } from './attribution.ts'
import { type Order, orderAtSeq, seqOf } from './epochs.ts'
import { excusedUntilMs } from './fault-window.ts'
import { type Finding, FindingCollector, type StreamPart } from './finding.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'
import { eachObligation, isAway, type Stay, staysOf } from './obligations.ts'
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
  readonly excusedUntilMs: number
}

export function checkLost(run: IndexedRun, phases: PhaseMap): LostFinding {
  const context = {
    run,
    phases,
    lost: new FindingCollector(),
    declared: new FindingCollector(),
    excusedUntilMs: excusedUntilMs(run.plan, run.ledger),
  }
  const deliveredTo = new Int32Array(run.messages.count).fill(-1)
  let stamp = 0
  for (const room of run.rooms) {
    const gapsOfRoom: DeclaredGap[] = []
    for (const member of room.members) {
      const gaps = member.membership.gaps.map(gap => declaredGap(gap, room))
      findEmptyGaps(context, room, member)
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

/**
 * Whether the service told of a later epoch that goes on from that seq or before: since seqs rise by one across epochs, the log was lost from
 * there on, also what everybody had got by then, which is in nobody's gap.
 */
function isReplaced(gaps: readonly DeclaredGap[], order: Order): boolean {
  const seq = seqOf(order)
  return gaps.some(({ next }) => order < next && seq >= seqOf(next))
}

/** A gap cannot excuse what was first handed over after everything had healed. */
function isExcused(
  { run, excusedUntilMs }: Context,
  number: number,
  gaps: readonly DeclaredGap[],
  isGone = isInGap,
): boolean {
  return !(run.messages.handedAtMs[number]! > excusedUntilMs) && isGone(gaps, run.messages.order[number]!)
}

/** Counts gaps with nothing in them: the service says that something is gone where nothing was. */
function findEmptyGaps({ run, phases, declared }: Context, room: IndexedRoom, member: Member): void {
  for (const { after, next, atMs } of member.membership.gaps) {
    if (after.epoch !== next.epoch || next.seq !== after.seq + 1) continue
    const what = 'the service declared a gap with nothing in it'
    declared.add(attribute(run, phases, { what, room, member, order: room.epochs.orderOf(after), atMs }))
  }
}

/** Counts owed messages that never came. Returns their places, so that they are not counted again as holes. */
function missedObligations(
  context: Context,
  room: IndexedRoom,
  member: Member,
  isDelivered: (number: number) => boolean,
  gaps: readonly DeclaredGap[],
): Set<Order> {
  const { run, phases, lost, declared } = context
  const missed = new Set<Order>()
  let ends: StreamEnds | null = null
  eachObligation(run, room, member, number => {
    if (isDelivered(number)) return
    const order = run.messages.order[number]!
    missed.add(order)
    ends ??= endsOfStream(room, member)
    const isGone = isExcused(context, number, gaps)
    const what = isGone ? 'the service declared it gone' : 'owed, but never delivered'
    const example = attribute(run, phases, {
      what,
      room,
      member,
      message: number,
      part: partOfStream(ends, order),
    })
    if (isGone) declared.add(example)
    else lost.add(example)
  })
  return missed
}

/** Places of a member's first and last deliveries; first is Infinity where there are none. */
interface StreamEnds {
  readonly first: Order
  readonly last: Order
}

function endsOfStream(room: IndexedRoom, member: Member): StreamEnds {
  let first = Infinity
  let last = -Infinity
  for (const { epoch, fromSeq, numbers } of member.membership.deliveries) {
    const from = room.epochs.orderOf({ epoch, seq: fromSeq })
    first = Math.min(first, from)
    last = Math.max(last, from + numbers.length - 1)
  }
  return { first, last }
}

/** Where in a member's stream a place lies that is missing from it. */
function partOfStream({ first, last }: StreamEnds, order: Order): StreamPart {
  if (first === Infinity) return 'whole'
  // A place that is not known can only be that of a message that nobody got.
  if (order < first) return 'prefix'
  return order < last ? 'middle' : 'end'
}

/** Between two deliveries of one member. */
interface Hole {
  readonly last: Order
  readonly next: Order
  readonly seenAtMs: number
}

/** Counts seqs that are missing between two deliveries, and that nothing else accounts for. */
function findHoles(
  { run, phases, lost }: Context,
  room: IndexedRoom,
  member: Member,
  missed: ReadonlySet<Order>,
  gaps: readonly DeclaredGap[],
): void {
  let accounted: Set<Order> | null = null
  let stays: Stay[] | null = null
  for (const { last, next, seenAtMs } of holesOf(room, member.membership.deliveries)) {
    const missing = seqOf(next) - seqOf(last) - 1
    accounted ??= accountedPlaces(room, member, missed)
    stays ??= staysOf(member.membership, room.epochs)
    for (let step = 1; step <= Math.min(missing, HOLE_SEQS_EXAMINED_MAX); step++) {
      const candidates = candidatesAt(last, next, seqOf(last) + step)
      if (candidates.some(order => accounted?.has(order) || isInGap(gaps, order) || isAway(stays!, order))) continue
      const what = 'a hole between two delivered messages, not declared by the service'
      lost.add(attribute(run, phases, { what, room, member, order: candidates[0], part: 'middle', atMs: seenAtMs }))
      // A hole between two epochs may be one within the first of them, too.
      for (const order of candidates) accounted.add(order)
    }
    const unexamined = missing - HOLE_SEQS_EXAMINED_MAX
    const what = `a hole of ${missing} messages, not declared by the service`
    lost.add(
      attribute(run, phases, { what, room, member, order: last + 1, part: 'middle', atMs: seenAtMs }),
      unexamined,
    )
  }
}

interface Stretch {
  readonly epoch: string
  readonly first: Order
  readonly last: Order
  readonly firstAtMs: number
}

function holesOf(room: IndexedRoom, deliveries: readonly DeliveryRun[]): Hole[] {
  const stretches = deliveries.map(({ epoch, fromSeq, numbers, firstAtMs }): Stretch => {
    const first = room.epochs.orderOf({ epoch, seq: fromSeq })
    return { epoch, first, last: first + numbers.length - 1, firstAtMs }
  })
  return [...holesWithinEpochs(stretches), ...holesBetweenEpochs(stretches)]
}

/** Between two places that were delivered, in whatever order they came. */
function holesWithinEpochs(stretches: readonly Stretch[]): Hole[] {
  const holes: Hole[] = []
  const [first, ...others] = stretches.toSorted((a, b) => a.first - b.first)
  let highest = first
  for (const next of others) {
    const isOfOneEpoch = highest?.epoch === next.epoch
    if (isOfOneEpoch && next.first > highest!.last + 1) {
      holes.push({ last: highest!.last, next: next.first, seenAtMs: next.firstAtMs })
    }
    if (!isOfOneEpoch || next.last > highest!.last) highest = next
  }
  return holes
}

/** Where the stream went on into a later epoch: seq rises by one across epochs too. A step back is out of order, not a hole. */
function holesBetweenEpochs(stretches: readonly Stretch[]): Hole[] {
  return stretches.flatMap((next, index) => {
    const before = stretches[index - 1]
    if (before === undefined || before.epoch === next.epoch || next.first < before.last) return []
    if (seqOf(next.first) <= seqOf(before.last) + 1) return []
    return [{ last: before.last, next: next.first, seenAtMs: next.firstAtMs }]
  })
}

/** Counts what the client did not get the first time, saw missing, and got after it had joined again. Each place once. */
function findMendedHoles(
  { run, phases, lost }: Context,
  room: IndexedRoom,
  member: Member,
  missed: ReadonlySet<Order>,
  gaps: readonly DeclaredGap[],
): void {
  const accounted = new Set(missed)
  for (const { after, next, atMs } of member.membership.holes) {
    const [last, end] = [room.epochs.orderOf(after), room.epochs.orderOf(next)]
    // One at least, also where a new epoch went on at a lower seq.
    const missing = Math.max(1, next.seq - after.seq - 1)
    for (let step = 1; step <= Math.min(missing, HOLE_SEQS_EXAMINED_MAX); step++) {
      const candidates = candidatesAt(last, end, after.seq + step)
      if (candidates.some(order => accounted.has(order) || isInGap(gaps, order))) continue
      for (const order of candidates) accounted.add(order)
      const what = 'left out by the service; the client saw the hole and fetched it again'
      lost.add(attribute(run, phases, { what, room, member, order: candidates[0], part: 'middle', atMs }))
    }
  }
}

/** Where the epoch changes within a hole, nobody knows which of the two a missing seq belongs to. */
function candidatesAt(last: Order, next: Order, seq: number): readonly [Order, Order] {
  return [orderAtSeq(last, seq), orderAtSeq(next, seq)]
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
    // Redis lost it, and the service said so to somebody.
    const isGone = isExcused(context, number, gaps) || isExcused(context, number, gaps, isReplaced)
    const what = isGone
      ? 'acknowledged and not in the log; the service declared it gone'
      : 'acknowledged, but not in the log'
    const example = attribute(run, phases, { what, room, message: number })
    if (isGone) declared.add(example)
    else lost.add(example)
  }
}
