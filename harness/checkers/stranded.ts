/**
 * Stranded: after healing, clients that are cut off, deaf or mute. The roll call tells: every client says something, and every client must
 * hear what was said on other instances. A client counts once, whatever is wrong with it; `what` gives all reasons.
 */

import { attribute } from './attribution.ts'
import { excusedUntilMs } from './fault-window.ts'
import { type Finding, FindingCollector } from './finding.ts'
import { type IndexedRoom, type IndexedRun, type Member, messageRecord } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

interface Reason {
  readonly what: string
  readonly room?: IndexedRoom
  readonly member?: Member
}

/** Where the roll call never began, nothing is known: the count is 0, and the verdict must be `invalid`. */
export function checkStranded(run: IndexedRun, phases: PhaseMap): Finding {
  const found = new FindingCollector()
  if (run.ledger.rollCallAtMs === null) return found.finding()

  const unanswered = unansweredOfSilent(run)
  const reasons: Reason[][] = run.plan.clients.map(() => [])
  run.ledger.clients.forEach((client, index) => {
    if (!client.connectedAtEnd) reasons[index]!.push({ what: 'disconnected' })
  })
  for (const room of run.rooms) {
    const rollCall = rollCallOf(run, room)
    for (const member of room.members) {
      if (hasLeft(member)) continue
      const why = [...whyCutOff(run, room, member, rollCall), ...whyMuteBefore(run, room, member, unanswered)]
      for (const what of why) reasons[member.client]!.push({ what, room, member })
    }
  }
  reasons.forEach((ofClient, client) => {
    const [first] = ofClient
    if (first === undefined) return
    const what = ofClient.map(reason => reason.what).join('; ')
    found.add({
      ...attribute(run, phases, { what, room: first.room, member: first.member }),
      client: run.plan.clients[client]!.name,
      moment: 'roll-call',
    })
  })
  return found.finding()
}

/** What was to be heard in the room. Nothing of those who had left it, unless it was accepted all the same. */
function rollCallOf({ messages }: IndexedRun, room: IndexedRoom): number[] {
  const gone = new Set(room.members.filter(hasLeft).map(({ client }) => client))
  const numbers: number[] = []
  for (let number = messages.loadCount; number < messages.count; number++) {
    if (messages.room[number] !== room.room) continue
    if (messages.isAccepted[number] === 1 || !gone.has(messages.sender[number]!)) numbers.push(number)
  }
  return numbers
}

/** Of clients that do not speak at the roll call: what they sent after healing, and nobody knows the fate of. */
function unansweredOfSilent(run: IndexedRun): number[] {
  const { sender, handedAtMs, loadCount } = run.messages
  const speakers = new Set(run.plan.rollCall.client)
  const fromMs = excusedUntilMs(run.plan, run.ledger)
  const numbers: number[] = []
  for (let number = 0; number < loadCount; number++) {
    if (!(handedAtMs[number]! > fromMs) || speakers.has(sender[number]!)) continue
    if (messageRecord(run.ledger, number).outcome === 'unknown') numbers.push(number)
  }
  return numbers
}

/** Who left a room by itself and did not come back is not stranded there. */
function hasLeft({ membership }: Member): boolean {
  const left = membership.leaves.at(-1)
  const joined = membership.joins.findLast(join => join.answeredAtMs !== null)
  return left !== undefined && (joined === undefined || left.answeredAtMs >= joined.answeredAtMs!)
}

function whyMuteBefore(run: IndexedRun, room: IndexedRoom, member: Member, unanswered: readonly number[]): string[] {
  const { sender, room: roomOf } = run.messages
  const own = unanswered.filter(number => sender[number] === member.client && roomOf[number] === room.room)
  return own.length === 0 ? [] : [`mute in ${room.name}: ${own.length} sends after healing got no answer`]
}

function whyCutOff(run: IndexedRun, room: IndexedRoom, member: Member, rollCall: readonly number[]): string[] {
  const { membership } = member
  const reasons: string[] = []
  if (!membership.joinedAtEnd) reasons.push(`its join of ${room.name} was not answered`)
  const own = rollCall.filter(number => run.messages.sender[number] === member.client)
  const unanswered = own.filter(number => messageRecord(run.ledger, number).outcome !== 'ok').length
  if (unanswered > 0) reasons.push(`mute in ${room.name}: ${unanswered} of ${own.length} sends got no ack`)
  const deaf = whyDeaf(run, room, member, rollCall)
  if (deaf !== null) reasons.push(deaf)

  const { positionAtEnd, joinedAtEnd } = membership
  if (joinedAtEnd && room.log !== null && (positionAtEnd?.seq ?? 0) < room.log.top.seq) {
    reasons.push(`behind in ${room.name}: at seq ${positionAtEnd?.seq ?? 'none'} of ${room.log.top.seq}`)
  }
  return reasons
}

/** What was said on other instances during the roll call must have come, and where something was to be said, something must have come. */
function whyDeaf(run: IndexedRun, room: IndexedRoom, member: Member, rollCall: readonly number[]): string | null {
  const home = member.record.connections.at(-1)?.instance ?? -1
  const across = rollCall.filter(number => {
    const sender = run.messages.sender[number]!
    return sender !== member.client && instanceOfSend(run, number, sender) !== home
  })
  if (across.length === 0) return null

  const owed = new Set(across)
  let heard = 0
  for (const { numbers } of member.membership.deliveries) {
    for (const number of numbers) if (number >= run.messages.loadCount && owed.delete(number)) heard++
  }
  const missed = [...owed].filter(number => run.messages.isAccepted[number] === 1).length
  if (missed > 0) return `deaf in ${room.name}: missed ${missed} of ${across.length} messages from other instances`
  if (heard === 0) return `perhaps deaf in ${room.name}: none of ${across.length} sends on other instances was accepted`
  return null
}

function instanceOfSend(run: IndexedRun, number: number, sender: number): number {
  const { instance } = messageRecord(run.ledger, number)
  return instance >= 0 ? instance : (run.ledger.clients[sender]!.connections.at(-1)?.instance ?? -1)
}
