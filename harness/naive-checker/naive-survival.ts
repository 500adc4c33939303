/** What the faults left behind: clients that are cut off, and drains that did not end as they should. */

import { connectionsOf, type History, isBehind, logOf, type Message } from './naive-history.ts'
import { healedAtMs, isAccepted } from './naive-losses.ts'

/** A drain that takes longer is cut short by the instance itself. */
const DRAIN_MS_MAX = 20_000
/** RFC 6455, section 7.4.1: what a client reports where no close frame came, and where one came without a code. */
const WITHOUT_CODE = [1005, 1006]

/** After healing: clients that are disconnected, not joined in one of their rooms, behind its log, deaf or mute. Each counts once. */
export function stranded(history: History): number {
  const deaf = deafClients(history)
  const mute = muteClients(history)
  let count = 0
  for (const [client, { rooms }] of history.plan.clients.entries()) {
    const isCutOff =
      !isConnected(history, client) ||
      rooms
        .filter(room => !hasLeft(history, client, room))
        .some(room => !isJoined(history, client, room) || isBehindLog(history, client, room)) ||
      deaf.includes(client) ||
      mute.includes(client)
    if (isCutOff) count++
  }
  return count
}

function isConnected({ records }: History, client: number): boolean {
  return records.some(record => record[0] === 'end' && record[1] === client && record[2] === 1)
}

/** Who left a room of its own will, and did not come back, is owed nothing there. */
function hasLeft({ records }: History, client: number, room: number): boolean {
  const last = records.findLast(
    record => (record[0] === 'joined' || record[0] === 'left') && record[1] === client && record[2] === room,
  )
  return last?.[0] === 'left'
}

function isJoined({ records }: History, client: number, room: number): boolean {
  return records.some(
    record => record[0] === 'end-of-room' && record[1] === client && record[2] === room && record[5] === 1,
  )
}

/** Every joined client must have reached the top of its room's log. */
function isBehindLog(history: History, client: number, room: number): boolean {
  const log = logOf(history, room)
  if (log === null) return false
  return history.records.some(record => {
    if (record[0] !== 'end-of-room' || record[1] !== client || record[2] !== room) return false
    const position = { epoch: record[3], seq: record[4] }
    // An epoch that nothing stands in yet has a top too: that of the one before.
    if (position.epoch === log.top.epoch) return position.seq < log.top.seq
    return log.entries.some(entry => isBehind(history, room, entry, position))
  })
}

/**
 * Joined, but they miss a message of the roll call that came from another instance. Where somebody there was to speak, and nothing of it was
 * accepted, nobody knows whether they hear, so they count as deaf.
 */
function deafClients(history: History): number[] {
  const { memberships, messages, plan, run } = history
  if (run.rollCallAtMs === null) return []
  return memberships.flatMap(({ client, room, deliveries }) => {
    if (hasLeft(history, client, room)) return []
    const own = lastInstance(history, client)
    const across = messages.slice(plan.messages.atMs.length).filter(message => {
      const isToSpeak = isAccepted(message) || !hasLeft(history, message.sender, room)
      return message.room === room && message.sender !== client && isToSpeak && saidOn(history, message) !== own
    })
    const isHeard = (message: Message) => deliveries.some(({ number }) => number === message.number)
    const isDeaf = across.some(message => isAccepted(message) && !isHeard(message))
    const isUnproven = across.length > 0 && !across.some(message => isAccepted(message) || isHeard(message))
    return isDeaf || isUnproven ? [client] : []
  })
}

/** The instance where its sender was when it was sent; where that was none, the last that it was on. */
function saidOn(history: History, { sender, sentInstance }: Message): number {
  return sentInstance === -1 ? lastInstance(history, sender) : sentInstance
}

function lastInstance({ records }: History, client: number): number {
  return records.findLast(record => record[0] === 'opened' && record[1] === client)?.[2] as number
}

/** They get no ack at the roll call; or, where they do not speak there, no answer to what they said after healing. */
function muteClients(history: History): number[] {
  const rollCall = history.run.rollCallAtMs === null ? [] : history.plan.rollCall.client
  const load = history.plan.messages.atMs.length
  return history.messages.flatMap(({ number, sender, room, outcome, sentAtMs }) => {
    if (hasLeft(history, sender, room)) return []
    const isAfterHealing = sentAtMs !== null && sentAtMs > healedAtMs(history)
    const isMute = rollCall.includes(sender)
      ? number >= load && outcome !== 'ok'
      : number < load && isAfterHealing && outcome === 'unknown'
    return isMute ? [sender] : []
  })
}

/** Stopped instances that did not exit with 0 in time, or cut connections without a close code. */
export function uncleanDrains(history: History): number {
  const { plan, run } = history
  return run.faults.filter(({ kind, target, firedAtMs, exit }) => {
    if (!['stop-instance', 'remove-instance'].includes(kind) || firedAtMs === null) return false
    if (exit === null || exit.code !== 0 || exit.afterMs > DRAIN_MS_MAX) return true
    const exitAtMs = firedAtMs + exit.afterMs
    return connectionsOf(history).some(
      ({ instance, openedAtMs, closed }) =>
        plan.instances[instance] === target &&
        openedAtMs <= exitAtMs &&
        closed !== null &&
        closed.atMs >= firedAtMs &&
        WITHOUT_CODE.includes(closed.code),
    )
  }).length
}
