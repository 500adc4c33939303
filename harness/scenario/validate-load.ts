/** Rules about the load of a scenario: its rooms, its shape, and both against the instances. */

import {
  CHURN_FIELDS,
  CLIENTS_MAX,
  checkFields,
  describeRule,
  LOAD_FIELDS,
  ROOM_GROUP_FIELDS,
  ROOMS_MAX,
  SHAPE_FIELDS,
  type ShapeKind,
} from './fields.ts'
import { CHURN_MARGIN_SECONDS, clientCount, messageCount, roomCount } from './load-size.ts'
import { describeFound, isObject, type Problem } from './problem.ts'
import { DEFAULTS, type Load, type RoomGroup, type Topology } from './scenario.ts'

/** The plan and the ledger are held in memory whole; this many sends take about a gigabyte with ten members to a room. */
export const MESSAGES_MAX = 5_000_000

/** Shares of messages that differ from 1 by less are taken to be 1: three thirds are not, in binary numbers. */
const SHARE_ERROR_MAX = 1e-9

/** Each field by itself, and those within lists and shapes. */
export function checkLoadFields(load: Record<string, unknown>): Problem[] {
  const problems = checkFields(load, LOAD_FIELDS, 'load')
  const { rooms, shape, churn } = load
  if (Array.isArray(rooms)) {
    problems.push(...rooms.flatMap((group, index) => checkGroup(group, `load.rooms[${index}]`)))
  } else if (typeof rooms === 'number' && load.clients === undefined) {
    const allowed = `${describeRule(LOAD_FIELDS.clients.rule)}, which a number of rooms needs`
    problems.push({ path: 'load.clients', found: 'nothing', allowed, dependsOn: ['load.rooms'] })
  }
  if (isObject(churn)) problems.push(...checkFields(churn, CHURN_FIELDS, 'load.churn'))
  if (isObject(shape)) problems.push(...checkShapeFields(shape))
  return problems
}

function checkGroup(group: unknown, path: string): Problem[] {
  if (isObject(group)) return checkFields(group, ROOM_GROUP_FIELDS, path)
  return [{ path, found: describeFound(group), allowed: 'an object with count and clients' }]
}

function checkShapeFields(shape: Record<string, unknown>): Problem[] {
  const kind = shape.kind as ShapeKind
  if (Object.hasOwn(SHAPE_FIELDS, kind)) return checkFields(shape, SHAPE_FIELDS[kind], 'load.shape')
  // Which other fields it may have depends on the kind, so nothing is said about them.
  return checkFields({ kind }, { kind: SHAPE_FIELDS.constant.kind }, 'load.shape')
}

/** Rules about several fields, each of which keeps its own. */
export function checkLoad(topology: Topology, load: Load): Problem[] {
  const { rooms } = load
  return [
    ...(typeof rooms === 'number' ? checkEvenRooms(topology, load, rooms) : checkRoomGroups(topology, load, rooms)),
    ...checkShape(load),
    ...checkChurn(load),
    ...checkMessages(load),
    ...checkPages(load),
  ]
}

/** Each room has to have a member on each instance, or no message of it would ever have to cross from one to another. */
function checkEvenRooms({ instances }: Topology, load: Load, rooms: number): Problem[] {
  const problems: Problem[] = []
  const clients = clientCount(load)
  const { roomsPerClient = DEFAULTS.roomsPerClient } = load
  if (roomsPerClient > rooms) {
    const allowed = `at most load.rooms, which is ${rooms}`
    problems.push({ path: 'load.roomsPerClient', found: `${roomsPerClient}`, allowed, dependsOn: ['load.rooms'] })
  }
  if (rooms > clients) {
    const allowed = `at most load.clients, which is ${clients}, so that no room is empty`
    problems.push({ path: 'load.rooms', found: `${rooms}`, allowed, dependsOn: ['load.clients'] })
  } else if (roomsPerClient <= rooms) {
    const clientsMin = clientsToSpan(instances, rooms, roomsPerClient)
    if (clients < clientsMin) {
      problems.push({
        path: 'load.clients',
        found: `${clients}`,
        allowed:
          `at least ${clientsMin}, so that each of ${rooms} rooms has a member on each of ${instances} instances ` +
          `with ${roomsPerClient === 1 ? 'one room' : `${roomsPerClient} rooms`} to a client`,
        dependsOn: ['load.rooms', 'load.roomsPerClient', 'topology.instances'],
      })
    }
  }
  return problems
}

/**
 * Fewest clients with which the plan's layout gives each room a member on each instance. Groups of as many clients as there are
 * instances share their rooms; a group's rooms are at most ceil(rooms / roomsPerClient) apart, and the next group's are one
 * further on, so this many groups reach every room.
 */
function clientsToSpan(instances: number, rooms: number, roomsPerClient: number): number {
  return instances * Math.ceil(rooms / roomsPerClient)
}

/** Rooms may be smaller than there are instances, but some message has to cross, and every instance has to have somebody. */
function checkRoomGroups({ instances }: Topology, load: Load, groups: readonly RoomGroup[]): Problem[] {
  const problems: Problem[] = []
  const path = 'load.rooms'
  const { clients, roomsPerClient = DEFAULTS.roomsPerClient } = load
  if (clients !== undefined) {
    const allowed = 'no load.clients beside a list of rooms, which says how many each has; or a number of rooms as well'
    problems.push({ path: 'load.clients', found: `${clients}`, allowed })
  }
  if (roomsPerClient > 1) {
    const allowed = '1 with a list of rooms, in which each client is in one'
    problems.push({ path: 'load.roomsPerClient', found: `${roomsPerClient}`, allowed })
  }
  const inAll = [
    { what: 'rooms', count: roomCount(load), max: ROOMS_MAX },
    { what: 'clients', count: clientCount(load), max: CLIENTS_MAX },
  ]
  for (const { what, count, max } of inAll.filter(({ count, max }) => count > max)) {
    problems.push({ path, found: `${count} ${what} in all`, allowed: `at most ${max}` })
  }
  const dependsOn = ['topology.instances']
  if (clientCount(load) < instances) {
    const allowed = `at least ${instances} in all, so that each of ${instances} instances has one`
    problems.push({ path, found: `${clientCount(load)} clients in all`, allowed, dependsOn })
  } else if (instances > 1 && groups.every(group => group.clients === 1 || group.messageShare === 0)) {
    const allowed = 'a room with two or more clients and some messages, so that something crosses between instances'
    problems.push({ path, found: 'nobody who hears anybody else', allowed, dependsOn })
  }
  return [...problems, ...checkShares(groups)]
}

function checkShares(groups: readonly RoomGroup[]): Problem[] {
  const given = groups.filter(({ messageShare }) => messageShare !== undefined)
  if (given.length === 0) return []
  const sum = given.reduce((total, { messageShare = 0 }) => total + messageShare, 0)
  const found = `shares of messages that add up to ${Number(sum.toFixed(6))}`
  const path = 'load.rooms'
  if (given.length === groups.length) {
    const isAll = Math.abs(sum - 1) <= SHARE_ERROR_MAX
    return isAll ? [] : [{ path, found, allowed: '1 where every group has its messageShare' }]
  }
  const allowed = 'less than 1, so that something is left for the groups without messageShare'
  return sum < 1 - SHARE_ERROR_MAX ? [] : [{ path, found, allowed }]
}

function checkShape({ shape, seconds }: Load): Problem[] {
  if (shape?.kind !== 'spikes') return []
  const problems: Problem[] = []
  const { everySeconds, lastsSeconds } = shape
  if (lastsSeconds >= everySeconds) {
    const allowed = `less than load.shape.everySeconds, which is ${everySeconds}`
    problems.push({ path: 'load.shape.lastsSeconds', found: `${lastsSeconds}`, allowed })
  }
  if (everySeconds >= seconds) {
    const allowed = `less than load.seconds, which is ${seconds}, so that there is a spike`
    problems.push({ path: 'load.shape.everySeconds', found: `${everySeconds}`, allowed, dependsOn: ['load.seconds'] })
  }
  return problems
}

/** Of those who may go, half at most are away at a time, or there would soon be nobody to draw from. */
function checkChurn(load: Load): Problem[] {
  if (load.churn === undefined) return []
  const { clientsPerSecond, awaySeconds } = load.churn
  const problems: Problem[] = []
  if (awaySeconds + CHURN_MARGIN_SECONDS >= load.seconds) {
    const allowed = `less than load.seconds - ${CHURN_MARGIN_SECONDS}, which is ${load.seconds - CHURN_MARGIN_SECONDS}, so that all come back`
    problems.push({ path: 'load.churn.awaySeconds', found: `${awaySeconds}`, allowed, dependsOn: ['load.seconds'] })
  }
  const away = clientsPerSecond * (awaySeconds + 2 * CHURN_MARGIN_SECONDS)
  const mayGo = clientCount(load) - roomCount(load)
  if (away > mayGo / 2) {
    const found = `${clientsPerSecond} for ${awaySeconds} s each, which keeps ${Math.ceil(away)} away`
    const allowed = `at most ${Math.floor(mayGo / 2)} away, half of all clients but one of each room`
    const dependsOn = ['load.clients', 'load.rooms']
    problems.push({ path: 'load.churn.clientsPerSecond', found, allowed, dependsOn })
  }
  return problems
}

function checkMessages(load: Load): Problem[] {
  const problems: Problem[] = []
  const { messagesPerSecond, seconds, shape, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  const path = 'load.messagesPerSecond'
  const dependsOn = ['load.seconds']
  const count = messageCount(load)
  if (count < 1) {
    const allowed = `at least one message within load.seconds, which is ${seconds}`
    problems.push({ path, found: `${messagesPerSecond}`, allowed, dependsOn })
  }
  const messages = Math.round(messagesPerSecond * warmUpSeconds) + count
  if (messages > MESSAGES_MAX) {
    const allowed = `at most ${MESSAGES_MAX} messages in a run, warm-up included`
    const withShape = shape === undefined ? '' : ` with the shape ${shape.kind}`
    const found = `${messagesPerSecond}${withShape}, which makes ${messages} messages`
    problems.push({ path, found, allowed, dependsOn })
  }
  return problems
}

/** A page opens one room and stays in it, as a person does who has one tab. */
function checkPages(load: Load): Problem[] {
  const { pages, roomsPerClient = DEFAULTS.roomsPerClient, churn } = load
  if (pages === undefined) return []
  const problems: Problem[] = []
  const path = 'load.pages'
  const found = `${pages}`
  const clients = clientCount(load)
  if (pages >= clients) {
    const allowed = `fewer than there are clients, which are ${clients}: pages are not what latencies are measured with`
    problems.push({ path, found, allowed, dependsOn: ['load.clients', 'load.rooms'] })
  }
  if (roomsPerClient > 1) {
    const allowed = 'no load.pages with load.roomsPerClient above 1: a page is in one room'
    problems.push({ path, found, allowed, dependsOn: ['load.roomsPerClient'] })
  }
  if (churn !== undefined) {
    const allowed = 'no load.pages with load.churn: a page stays in its room'
    problems.push({ path, found, allowed, dependsOn: ['load.churn'] })
  }
  return problems
}
