/** One scripted client: hands the plan's sends to the target and writes what comes back into the ledger. */

import type { Position } from '../ledger/ledger.ts'
import type { PlannedClient } from '../plan/plan.ts'
import type { TargetClient, TargetListener, TargetMessage } from '../targets/target.ts'
import type { LoadRecorder, Receiver } from './load-recorder.ts'

export interface RoomState {
  readonly room: number
  /** In the plan. */
  readonly name: string
  position: { -readonly [Key in keyof Position]: Position[Key] } | null
  isJoined: boolean
  /** It left by the plan, and has not been answered that it is back. */
  isAway: boolean
  /** The numbers that it was told last on this connection, -1 for none yet. */
  connectionsTold: number
  participantsTold: number
  duplicatedOnWire: number
  late: number
}

export class VirtualClient implements TargetListener, Receiver {
  readonly number: number
  readonly #recorder: LoadRecorder
  /** In no map: a client is in few, and there are many clients. */
  readonly #rooms: readonly RoomState[]
  readonly #roomNumbers: readonly number[]
  #target: TargetClient | null = null
  #hasCross = false
  #isConnected = false
  #isFinished = false
  #connections = 0
  connectedAtMs = 0

  constructor(number: number, planned: PlannedClient, roomNames: readonly string[], recorder: LoadRecorder) {
    this.number = number
    this.#recorder = recorder
    this.#roomNumbers = planned.rooms
    this.#rooms = planned.rooms.map(room => ({
      room,
      name: roomNames[room]!,
      position: null,
      isJoined: false,
      isAway: false,
      connectionsTold: -1,
      participantsTold: -1,
      duplicatedOnWire: 0,
      late: 0,
    }))
  }

  /** Connects and joins, and stays so. */
  start(target: TargetClient): void {
    this.#target = target
    for (const { name } of this.#rooms) target.join(name)
    target.connect()
  }

  /**
   * Leaves all rooms, unless a fault keeps it out of one of them at the moment: then nobody could say what it is owed up to there.
   */
  leaveRooms(): void {
    if (this.#rooms.some(({ isJoined }) => !isJoined)) return
    for (const state of this.#rooms) state.isAway = true
    for (const { name } of this.#rooms) this.#target!.leave(name)
  }

  /** Joins the rooms that it has left, as if for the first time. */
  comeBack(): void {
    for (const { name, isAway } of this.#rooms) if (isAway) this.#target!.join(name)
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  get instance(): number {
    return this.#target?.instance ?? -1
  }

  get rooms(): Iterable<Readonly<RoomState>> {
    return this.#rooms
  }

  send(room: string, text: string, number: number): void {
    this.#target!.send(room, text, number)
  }

  setHome(instance: number): void {
    this.#target?.setHome(instance)
  }

  /** Reconnects to its home during the load, since it has a new one. */
  move(): void {
    this.#target?.goHome()
  }

  /** Answers whether it has to go. */
  goHome(): boolean {
    const atMs = this.#recorder.now()
    if (!this.#target?.goHome()) return false
    this.#recorder.ledger.write(['went-home', this.number, atMs])
    return true
  }

  /** Writes down how the client stands and ends it; sends that are open are reported now. */
  finish(): void {
    const { ledger } = this.#recorder
    this.#isFinished = true
    ledger.connectionEnded(this.number, this.#roomNumbers)
    ledger.write(['end', this.number, this.#isConnected ? 1 : 0])
    for (const { room, position, isJoined, duplicatedOnWire, late } of this.#rooms) {
      if (position !== null) {
        ledger.write(['end-of-room', this.number, room, position.epoch, position.seq, isJoined ? 1 : 0])
      }
      if (duplicatedOnWire + late > 0) ledger.write(['tally', this.number, room, duplicatedOnWire, late])
    }
    this.#target?.end()
  }

  opened(instance: number): void {
    if (this.#isFinished) return
    this.#isConnected = true
    this.#hasCross = false
    if (this.#connections++ > 0) this.#recorder.counters.reconnects++
    this.connectedAtMs = this.#recorder.now()
    this.#recorder.ledger.write(['opened', this.number, instance, this.connectedAtMs])
  }

  connectFailed(instance: number, why: string): void {
    if (this.#isFinished) return
    this.#recorder.counters.connectsFailed++
    this.#recorder.ledger.write(['connect-failed', this.number, instance, why, this.#recorder.now()])
  }

  closed(code: number, wasAnnounced: boolean): void {
    if (this.#isFinished) return
    this.#isConnected = false
    for (const state of this.#rooms) becomeAbsent(state)
    this.#recorder.ledger.connectionEnded(this.number, this.#roomNumbers)
    this.#recorder.ledger.write(['closed', this.number, code, wasAnnounced ? 1 : 0, this.#recorder.now()])
  }

  joinAsked(room: string): void {
    if (this.#isFinished) return
    this.#recorder.ledger.write(['join-asked', this.number, this.#stateOf(room).room, this.#recorder.now()])
  }

  joined(room: string, position: Position, isComplete: boolean): void {
    if (this.#isFinished) return
    const state = this.#stateOf(room)
    state.isJoined = true
    state.isAway = false
    if (state.position === null) moveTo(state, position)
    const { ledger } = this.#recorder
    const { epoch, seq } = position
    ledger.write(['joined', this.number, state.room, epoch, seq, isComplete ? 1 : 0, this.#recorder.now()])
  }

  left(room: string, position: Position): void {
    const state = this.#stateOf(room)
    becomeAbsent(state)
    state.position = null
    const { ledger } = this.#recorder
    ledger.connectionEnded(this.number, [state.room])
    ledger.write(['left', this.number, state.room, position.epoch, position.seq, this.#recorder.now()])
  }

  counted(room: string, connections: number, participants: number): void {
    if (this.#isFinished) return
    const state = this.#stateOf(room)
    state.connectionsTold = connections
    state.participantsTold = participants
    this.#recorder.ledger.counted(this.number, state.room, connections, participants, this.#recorder.now())
  }

  delivered(room: string, message: TargetMessage, isHistory: boolean): void {
    if (this.#isFinished) return
    const state = this.#stateOf(room)
    moveTo(state, message)
    const { provesCross, isLate } = this.#recorder.delivered(this, state.room, message, isHistory)
    if (isHistory) return
    if (isLate) state.late++
    if (provesCross) this.#noteCross()
  }

  deliveredStretch(room: string, messages: readonly TargetMessage[]): void {
    if (this.#isFinished) return
    const state = this.#stateOf(room)
    moveTo(state, messages[messages.length - 1]!)
    const { provesCross, late } = this.#recorder.deliveredStretch(this, state.room, messages)
    state.late += late
    if (provesCross) this.#noteCross()
  }

  duplicateDropped(room: string): void {
    this.#stateOf(room).duplicatedOnWire++
    this.#recorder.counters.duplicatedOnWire++
  }

  holeSeen(room: string, after: Position, next: Position): void {
    this.#recorder.counters.holes++
    this.#recorder.ledger.write([
      'hole',
      this.number,
      this.#stateOf(room).room,
      ...between(after, next),
      this.#recorder.now(),
    ])
  }

  gapDeclared(room: string, after: Position, next: Position): void {
    const state = this.#stateOf(room)
    state.position = { epoch: next.epoch, seq: next.seq - 1 }
    this.#recorder.counters.declaredGaps++
    this.#recorder.ledger.write(['gap', this.number, state.room, ...between(after, next), this.#recorder.now()])
  }

  acked(handle: number, position: Position): void {
    this.#recorder.acked(handle, this.instance, position)
  }

  rejected(handle: number, code: string): void {
    this.#recorder.rejected(handle, code)
  }

  unknown(handle: number): void {
    this.#recorder.unknown(handle)
  }

  #noteCross(): void {
    if (this.#hasCross) return
    this.#hasCross = true
    this.#recorder.ledger.write(['first-cross', this.number, this.#recorder.now()])
  }

  #stateOf(room: string): RoomState {
    for (const state of this.#rooms) if (state.name === room) return state
    throw new Error(`client ${this.number} was told of room "${room}", in which it is not`)
  }
}

/** Copies the position, into what is there already: this happens with every delivery. */
function moveTo(state: RoomState, { epoch, seq }: Position): void {
  if (state.position === null) state.position = { epoch, seq }
  else {
    state.position.epoch = epoch
    state.position.seq = seq
  }
}

/** What it was told does not hold any more; it is told anew when it comes again. */
function becomeAbsent(state: RoomState): void {
  state.isJoined = false
  state.connectionsTold = -1
  state.participantsTold = -1
}

function between(after: Position, next: Position) {
  return [after.epoch, after.seq, next.epoch, next.seq] as const
}
