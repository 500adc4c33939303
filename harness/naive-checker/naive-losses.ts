/** What was owed to whom, and what of it never came. */

import type { Position } from '../ledger/ledger.ts'
import { type History, isBehind, logOf, type Membership, type Message, type Stay } from './naive-history.ts'

/** A message that a client had to get, and never got. */
interface Missed {
  readonly membership: Membership
  readonly message: Message
}

/** A place that was left out of a client's stream; of which epoch, is not known where the stream went from one to another over it. */
interface Omission {
  readonly epochs: readonly string[]
  readonly seq: number
}

export function losses(history: History): { obligations: number; lost: number; declaredGaps: number } {
  return { obligations: obligations(history), lost: lost(history), declaredGaps: declaredGaps(history) }
}

/** Deliveries owed: accepted messages × clients that had to get them. */
function obligations(history: History): number {
  let count = 0
  for (const membership of history.memberships) {
    count += history.messages.filter(message => isOwed(history, message, membership)).length
  }
  return count
}

/**
 * A client must get a message that was accepted and was sent (by the harness's clock), or placed (by seq), after the client's join was answered
 * and before its leave was answered, whichever reading owes more. Disconnection does not end the obligation. What is in flight at a leave is owed by
 * its place alone.
 */
function isOwed(history: History, message: Message, { room, stays }: Membership): boolean {
  if (message.room !== room || !isAccepted(message)) return false
  return stays.some(stay => isSentWithin(history, message, stay) || isPlacedWithin(history, message, stay))
}

/** Acknowledged; or of unknown fate, and somebody saw it, or it stands in the log. */
export function isAccepted({ outcome, isSeen }: Message): boolean {
  return outcome === 'ok' || (outcome === 'unknown' && isSeen)
}

function isSentWithin(history: History, { sentAtMs }: Message, { joinedAtMs, left }: Stay): boolean {
  if (sentAtMs === null || sentAtMs <= joinedAtMs) return false
  if (left === null) return true
  // In flight: sent within the deadline before the answer to the leave, or before all faults had healed.
  return sentAtMs < left.atMs - history.plan.deadlineMs && sentAtMs > healedAtMs(history)
}

/** The stream goes on after the position that the join was answered with, and ends with that of the leave. */
function isPlacedWithin(history: History, { room, place }: Message, { joinedAt, left }: Stay): boolean {
  if (place === null || !isBehind(history, room, place, joinedAt)) return false
  return left === null || !isBehind(history, room, place, left.at)
}

/** Must-deliveries that never came. */
function missedOf(history: History): Missed[] {
  const missed: Missed[] = []
  for (const membership of history.memberships) {
    for (const message of history.messages) {
      const hasCome = membership.deliveries.some(({ number }) => number === message.number)
      if (!hasCome && isOwed(history, message, membership)) missed.push({ membership, message })
    }
  }
  return missed
}

/** A declared gap turns its range into one, and never covers messages first sent after healing. */
function isDeclared(history: History, { membership, message }: Missed): boolean {
  const isSentAfterHealing = message.sentAtMs !== null && message.sentAtMs > healedAtMs(history)
  return !isSentAfterHealing && message.place !== null && isInGap(history, membership, message.place)
}

function isInGap(history: History, { room, gaps }: Membership, place: Position): boolean {
  return gaps.some(({ after, next }) => isBehind(history, room, place, after) && isBehind(history, room, next, place))
}

/**
 * From when on no fault excuses anything: when the last one had healed. One that is planned to stay down ends with its observed effect, the death
 * of a killed instance or the exit of a stopped one; one that failed to heal or to exit, with the load.
 */
export function healedAtMs({ plan, run }: History): number {
  if (run.faults.length === 0) return run.healedAtMs ?? 0
  const ends = run.faults.map(({ kind, firedAtMs, effectAtMs, healedAtMs, exit }, index) => {
    if (firedAtMs === null || effectAtMs === null) return 0
    if (healedAtMs !== null) return healedAtMs
    if (plan.faults[index]?.heals !== false) return plan.loadMs
    if (kind !== 'stop-instance' && kind !== 'remove-instance') return effectAtMs
    return exit === null ? plan.loadMs : firedAtMs + exit.afterMs
  })
  return Math.max(...ends)
}

/** Missed, and no declared gap says so. */
function undeclaredOf(history: History): Missed[] {
  return missedOf(history).filter(missed => !isDeclared(history, missed))
}

/** Deliveries owed that the service itself declared gone, acknowledged messages that it declared gone to anybody, and gaps over nothing. */
function declaredGaps(history: History): number {
  return (
    missedOf(history).filter(missed => isDeclared(history, missed)).length +
    missingInLog(history).filter(message => isDeclaredToAnybody(history, message)).length +
    emptyGaps(history)
  )
}

/**
 * Must-deliveries that never came; undeclared holes in what one client was delivered, whatever the acks say, those that the client saw and had
 * filled among them; acknowledged messages that are not in the log. What is missed at a place that is a hole as well counts once.
 */
function lost(history: History): number {
  const undeclared = undeclaredOf(history)
  const unlogged = missingInLog(history).filter(message => !isDeclaredToAnybody(history, message))
  let count = undeclared.length + unlogged.length
  for (const membership of history.memberships) {
    const missed = undeclared.filter(entry => entry.membership === membership)
    count += omissionsOf(history, membership).filter(({ epochs, seq }) => {
      return !missed.some(
        ({ message: { place } }) => place !== null && place.seq === seq && epochs.includes(place.epoch),
      )
    }).length
  }
  return count
}

/** Acknowledged messages that are not in the room's log, unless they were trimmed or the log could not be read. */
function missingInLog(history: History): Message[] {
  return history.records.flatMap(record => {
    if (record[0] !== 'acked') return []
    const [, number, , , seq] = record
    const message = history.messages[number]
    const log = message === undefined ? null : logOf(history, message.room)
    if (message === undefined || log === null || seq < log.firstSeq) return []
    return log.entries.some(entry => entry.number === number) ? [] : [message]
  })
}

function isDeclaredToAnybody(history: History, message: Message): boolean {
  const ofRoom = history.memberships.filter(({ room }) => room === message.room)
  if (ofRoom.some(membership => isDeclared(history, { membership, message }))) return true
  // Told of a later epoch that goes on from that seq or before: the log was lost from there on, also what everybody had got by then.
  const { place, sentAtMs } = message
  if (place === null || (sentAtMs !== null && sentAtMs > healedAtMs(history))) return false
  return ofRoom.some(({ room, gaps }) =>
    gaps.some(({ next }) => isBehind(history, room, next, place) && place.seq >= next.seq),
  )
}

/** Declared gaps with nothing in them: the service says that something is gone where nothing was. */
function emptyGaps({ memberships }: History): number {
  return memberships
    .flatMap(({ gaps }) => gaps)
    .filter(({ after, next }) => after.epoch === next.epoch && next.seq === after.seq + 1).length
}

/** Places that the service left out of one client's stream without declaring it; each once. */
function omissionsOf(history: History, membership: Membership): Omission[] {
  const { holes } = membership
  const omissions = [...neverDelivered(history, membership), ...holes.flatMap(seenMissing)]
  return omissions
    .filter(({ epochs, seq }) => !epochs.some(epoch => isInGap(history, membership, { epoch, seq })))
    .filter((omission, index, all) => all.findIndex(other => isSameOmission(other, omission)) === index)
}

function isSameOmission(one: Omission, other: Omission): boolean {
  return one.seq === other.seq && one.epochs.some(epoch => other.epochs.includes(epoch))
}

/**
 * Places between two that were delivered, of one epoch, or of two where the stream went on into a later one, that never were; but not what was
 * placed while the client was away.
 */
function neverDelivered(history: History, membership: Membership): Omission[] {
  const { room, deliveries } = membership
  const omissions: Omission[] = []
  for (const [index, delivery] of deliveries.entries()) {
    const { epoch, seq } = delivery
    const highest = Math.max(...deliveries.filter(other => other.epoch === epoch).map(other => other.seq))
    for (let place = seq + 1; place < highest; place++) omissions.push({ epochs: [epoch], seq: place })
    const next = deliveries[index + 1]
    if (next === undefined || next.epoch === epoch || !isBehind(history, room, next, delivery)) continue
    for (let place = seq + 1; place < next.seq; place++) omissions.push({ epochs: [epoch, next.epoch], seq: place })
  }
  return omissions.filter(({ epochs, seq }) => {
    const isDelivered = deliveries.some(delivery => delivery.seq === seq && epochs.includes(delivery.epoch))
    return !isDelivered && !epochs.some(epoch => isWhileAway(history, membership, { epoch, seq }))
  })
}

/** Whether a place came after the client had left, and before it was back if it came back. */
function isWhileAway(history: History, { room, stays }: Membership, place: Position): boolean {
  return stays.some(({ left }, index) => {
    const back = stays[index + 1]
    if (left === null || !isBehind(history, room, place, left.at)) return false
    return back === undefined || !isBehind(history, room, place, back.joinedAt)
  })
}

/** The places of a hole that the client saw: one at least, also where it goes from one epoch to another. */
function seenMissing({ after, next }: { readonly after: Position; readonly next: Position }): Omission[] {
  const epochs = [after.epoch, next.epoch]
  const count = Math.max(1, next.seq - after.seq - 1)
  return Array.from({ length: count }, (_, index) => ({ epochs, seq: after.seq + 1 + index }))
}
