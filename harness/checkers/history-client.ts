/**
 * Test support for {@link history}: one client's record from its streams.
 */

import type {
  ClientRecord,
  ConnectionRecord,
  DeliveryRun,
  GapRecord,
  JoinRecord,
  LeaveRecord,
  MembershipRecord,
  PhantomRecord,
  Position,
} from '../ledger/ledger.ts'
import type { ClientSketch, PlannedSend } from './history.ts'

/** From being handed over to being delivered. */
const DELIVERY_MS = 5
/** From the loss of a connection to the next one, and from there to its answered join. */
const RECONNECT_MS = 2

/** `7` or `b:7`. */
export function parsePlace(text: string): Position {
  const [seq, epoch] = text.split(':').reverse()
  return { epoch: epoch ?? 'a', seq: Number(seq) }
}

export function buildClient(
  sketch: string | ClientSketch,
  rooms: readonly string[],
  sends: readonly PlannedSend[],
  firstInstance: number,
  instances: number,
): ClientRecord {
  const client: ClientSketch = typeof sketch === 'string' ? { streams: { [rooms[0]!]: sketch } } : sketch
  const builders = Object.entries(client.streams).map(([room, stream]) => {
    const builder = new MembershipBuilder(rooms.indexOf(room), client, sends)
    for (const token of stream.split(/\s+/)) if (token !== '') builder.take(token)
    return builder
  })
  const losses = builders[0]?.lossesAtMs ?? []
  const instance = client.instance ?? firstInstance
  const connections = [...losses, null].map((closedAtMs, index): ConnectionRecord => {
    const openedAtMs = index === 0 ? -1_000 : losses[index - 1]! + RECONNECT_MS
    return {
      instance: (instance + index) % instances,
      openedAtMs,
      closedAtMs,
      closeCode: closedAtMs === null ? null : 1006,
      draining: false,
      firstCrossAtMs: openedAtMs + DELIVERY_MS,
    }
  })
  return {
    connections: client.connections ?? connections,
    memberships: builders.map(builder => builder.build()),
    connectedAtEnd: client.connectedAtEnd ?? true,
    wentHomeAtMs: client.wentHomeAtMs ?? null,
    ...(client.failedConnects === undefined ? {} : { failedConnects: client.failedConnects }),
  }
}

class MembershipBuilder {
  readonly #room: number
  readonly #client: ClientSketch
  readonly #sends: readonly PlannedSend[]
  readonly #joins: JoinRecord[] = []
  readonly #leaves: LeaveRecord[] = []
  readonly #gaps: GapRecord[] = []
  readonly #phantoms: PhantomRecord[] = []
  readonly #runs: { connection: number; from: Position; numbers: number[]; firstAtMs: number; lastAtMs: number }[] = []
  readonly lossesAtMs: number[] = []
  #atMs: number
  #position: Position

  constructor(room: number, client: ClientSketch, sends: readonly PlannedSend[]) {
    this.#room = room
    this.#client = client
    this.#sends = sends
    this.#position = { epoch: 'a', seq: client.joinedAtSeq ?? 0 }
    const answeredAtMs = client.joinedAtMs === undefined ? -500 : client.joinedAtMs
    this.#atMs = answeredAtMs ?? -500
    const position = answeredAtMs === null ? null : this.#position
    this.#joins.push({ connection: 0, askedAtMs: this.#atMs - 1, answeredAtMs, position, complete: true })
  }

  take(token: string): void {
    const [, word, inside] = /^(gap|leave|join)\((.*)\)$/.exec(token) ?? []
    if (token === '|') this.#reconnect()
    else if (word === 'gap') this.#declareGap(inside!)
    else if (word === 'leave') {
      this.#atMs += 1
      this.#leaves.push({ answeredAtMs: this.#atMs, position: parsePlace(inside!) })
    } else if (word === 'join') {
      this.#atMs += 1
      this.#position = parsePlace(inside!)
      this.#join()
    } else if (token.startsWith('?')) this.#phantom(parsePlace(token.slice(1)))
    else this.#deliver(token)
  }

  build(): MembershipRecord {
    const end = this.#client.positionAtEnd
    return {
      room: this.#room,
      joins: this.#joins,
      leaves: this.#leaves,
      deliveries: this.#runs.map(
        ({ connection, from, numbers, firstAtMs, lastAtMs }): DeliveryRun => ({
          connection,
          epoch: from.epoch,
          fromSeq: from.seq,
          numbers: Int32Array.from(numbers),
          firstAtMs,
          lastAtMs,
        }),
      ),
      gaps: this.#gaps,
      phantoms: this.#phantoms,
      duplicatedOnWire: this.#client.duplicatedOnWire ?? 0,
      holes: (this.#client.holes ?? []).map(hole => {
        const [after, next] = hole.split('-').map(parsePlace)
        return { connection: 0, after: after!, next: next!, atMs: 0 }
      }),
      late: this.#client.late ?? 0,
      positionAtEnd: end === undefined ? this.#position : parsePlace(String(end)),
      joinedAtEnd: this.#client.joinedAtEnd ?? true,
    }
  }

  get #connection(): number {
    return this.lossesAtMs.length
  }

  #reconnect(): void {
    this.lossesAtMs.push(this.#atMs + 1)
    this.#atMs += 1 + 2 * RECONNECT_MS
    this.#join()
  }

  #join(): void {
    this.#joins.push({
      connection: this.#connection,
      askedAtMs: this.#atMs - 1,
      answeredAtMs: this.#atMs,
      position: this.#position,
      complete: true,
    })
  }

  #declareGap(inside: string): void {
    const [after, next] = inside.split(',').map(parsePlace) as [Position, Position]
    this.#gaps.push({ connection: this.#connection, after, next, atMs: this.#atMs })
    this.#position = { epoch: next.epoch, seq: next.seq - 1 }
  }

  #phantom(position: Position): void {
    this.#phantoms.push({
      connection: this.#connection,
      position,
      id: 'x.1/1',
      text: 'who said this',
      why: 'not-sent',
      atMs: this.#atMs,
    })
    this.#position = position
  }

  #deliver(token: string): void {
    const [numberText, place] = token.split('@')
    const number = Number(numberText)
    const send = this.#sends[number]
    const position = place === undefined ? send?.record.position : parsePlace(place)
    if (position == null)
      throw new Error(`"${token}": message ${number} has no place of its own; write ${number}@<seq>`)
    this.#atMs = Math.max(this.#atMs, (send?.record.handedAtMs ?? this.#atMs) + DELIVERY_MS)
    const run = this.#runs.at(-1)
    const goesOn =
      run !== undefined &&
      run.connection === this.#connection &&
      run.from.epoch === position.epoch &&
      run.from.seq + run.numbers.length === position.seq
    if (goesOn) {
      run.numbers.push(number)
      run.lastAtMs = this.#atMs
    } else {
      const [firstAtMs, lastAtMs] = [this.#atMs, this.#atMs]
      this.#runs.push({ connection: this.#connection, from: position, numbers: [number], firstAtMs, lastAtMs })
    }
    this.#position = position
  }
}
