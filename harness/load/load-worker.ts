/** One worker's share of the load: its clients, and the sends that the plan has for them. */

import type { Plan, PlannedChurn, PlannedMessages } from '../plan/plan.ts'
import type { Target, TargetAddress } from '../targets/target.ts'
import { clientsOf } from './client-shares.ts'
import { Homes } from './homes.ts'
import type { RoomStatus, WorkerStatus } from './load-messages.ts'
import type { LoadRecorder } from './load-recorder.ts'
import { makeText } from './message-text.ts'
import { paced } from './paced.ts'
import { Pacer } from './pacer.ts'
import { type RoomState, VirtualClient } from './virtual-client.ts'

/** Clients of one worker that move to a new instance, so that the move is no storm either. */
const MOVES_PER_SECOND = 50
/** A latency this far back is not expected to grow any more; one that does is added up when the ledger is read. */
const FLUSH_AFTER_SECONDS = 10
const FLUSH_EVERY_MS = 1000

export interface LoadWorkerOptions {
  readonly plan: Plan
  readonly worker: number
  readonly workers: number
  readonly target: Pick<Target, 'createClient' | 'useAddresses'>
  readonly recorder: LoadRecorder
  /** This worker's share. */
  readonly connectsPerSecond: number
}

export class LoadWorker {
  readonly #options: LoadWorkerOptions
  /** By the client's number in the plan. */
  readonly #clients = new Map<number, VirtualClient>()
  readonly #loadCount: number
  readonly #homes: Homes
  /** This worker's sends. */
  readonly #planned: { readonly load: number; readonly rollCall: number }
  #flushing: NodeJS.Timeout | null = null
  #handed = 0
  #handedOfLoad = 0
  #isHome = false
  #isFinished = false
  /** Plan time from which on nothing of the load is sent. */
  #stoppedAtMs = Number.POSITIVE_INFINITY
  #utilizationAtBegin = performance.eventLoopUtilization()
  #utilization: number | null = null
  #utilizationAtStatus = performance.eventLoopUtilization()

  constructor(options: LoadWorkerOptions) {
    this.#options = options
    const { plan, worker, workers, recorder } = options
    this.#loadCount = plan.messages.atMs.length
    const first = plan.clients.map(({ instance }) => instance)
    this.#homes = new Homes(plan.seed, first, [...Array(plan.instancesAtStart).keys()])
    for (const number of clientsOf(plan, worker, workers)) {
      this.#clients.set(number, new VirtualClient(number, plan.clients[number]!, plan.rooms, recorder))
    }
    this.#planned = { load: this.#shareOf(plan.messages), rollCall: this.#shareOf(plan.rollCall) }
  }

  async connect(): Promise<void> {
    const { plan, target, recorder, connectsPerSecond } = this.#options
    await paced(this.#clients, connectsPerSecond, recorder.now, ([number, client]) => {
      const { name, instance } = plan.clients[number]!
      client.start(target.createClient(name, instance, client))
      return true
    })
  }

  /** Sends the load, open loop. `zeroAtMs` is the monotonic time of the plan's 0. */
  begin(zeroAtMs: number): void {
    const { plan, recorder } = this.#options
    recorder.zeroAtMs = zeroAtMs
    this.#utilizationAtBegin = performance.eventLoopUtilization()
    this.#flushing = setInterval(() => {
      recorder.flush(Math.floor((recorder.now() - zeroAtMs) / 1000) - FLUSH_AFTER_SECONDS)
    }, FLUSH_EVERY_MS)
    if (plan.churn !== undefined) this.#churn(plan.churn, zeroAtMs)
    this.#run(plan.messages, 0, zeroAtMs, this.#isStopped, () => {
      this.#utilization = performance.eventLoopUtilization(this.#utilizationAtBegin).utilization
    })
  }

  /** What is left of the load is not sent any more, and who is away comes back. The roll call is still held. */
  stopSending(): void {
    const { recorder } = this.#options
    this.#stoppedAtMs = Math.min(this.#stoppedAtMs, recorder.now() - recorder.zeroAtMs)
    for (const client of this.#clients.values()) client.comeBack()
  }

  /**
   * The instances that there are from now on. Some clients move to each that is new; those whose home is gone have another one from now on,
   * and go there when they are told to go home.
   */
  async useAddresses(addresses: readonly TargetAddress[]): Promise<void> {
    this.#options.target.useAddresses(addresses)
    const { rehoused, moving } = this.#homes.change(addresses.map(({ instance }) => instance))
    for (const number of [...rehoused, ...moving]) this.#clients.get(number)?.setHome(this.#homes.of(number))
    for (const number of moving) {
      const client = this.#clients.get(number)
      if (client === undefined) continue
      client.move()
      await new Promise(resolve => setTimeout(resolve, 1000 / MOVES_PER_SECOND))
    }
  }

  /** Clients whom a fault drove away go back, so that the roll call reaches every instance. At the pace of the first connecting. */
  async goHome(): Promise<void> {
    const { recorder, connectsPerSecond } = this.#options
    await paced(this.#clients.values(), connectsPerSecond, recorder.now, client => client.goHome())
    this.#isHome = true
  }

  rollCall(zeroAtMs: number): void {
    this.#options.recorder.rollCallZeroAtMs = zeroAtMs
    const { plan } = this.#options
    this.#run(
      plan.rollCall,
      this.#loadCount,
      zeroAtMs,
      () => false,
      () => {},
    )
  }

  status(): WorkerStatus {
    const { recorder, plan } = this.#options
    const nowMs = recorder.now()
    const rooms = new Map<number, MutableRoomStatus>()
    let stranded = 0
    let joined = 0
    let memberships = 0
    let connected = 0
    for (const client of this.#clients.values()) {
      if (client.isConnected) connected++
      if (client.absentMs(nowMs) > plan.deadlineMs) stranded++
      for (const state of client.rooms) {
        const { room, isJoined } = state
        let status = rooms.get(room)
        if (status === undefined) {
          status = { room, members: 0, seqSum: 0, seqMax: recorder.seqMax[room]!, joined: 0, countTold: null }
          rooms.set(room, status)
        }
        addMember(status, state)
        memberships++
        if (isJoined) joined++
      }
    }
    recorder.counters.clientsConnected = connected
    recorder.counters.stranded = stranded
    const utilization = performance.eventLoopUtilization()
    recorder.counters.eventLoopUtilization = performance.eventLoopUtilization(
      utilization,
      this.#utilizationAtStatus,
    ).utilization
    this.#utilizationAtStatus = utilization
    return {
      clients: this.#clients.size,
      connected,
      memberships,
      joined,
      isHome: this.#isHome,
      openSends: recorder.openSends,
      sendsToCome: this.#sendsToCome(),
      rooms: [...rooms.values()],
      counters: recorder.counters,
    }
  }

  async finish(): Promise<void> {
    const { recorder, plan } = this.#options
    this.#isFinished = true
    if (this.#flushing !== null) clearInterval(this.#flushing)
    // Before the first client ends, which others would be told of.
    recorder.ledger.write(['counted-until', recorder.now()])
    for (const client of this.#clients.values()) client.finish()
    recorder.flush(Number.POSITIVE_INFINITY)
    const plannedSends = this.#shareOf(plan.messages, this.#stoppedAtMs)
    const utilization = this.#utilization ?? performance.eventLoopUtilization(this.#utilizationAtBegin).utilization
    recorder.ledger.write(['generator', utilization, plannedSends, this.#handedOfLoad])
    await recorder.ledger.close()
  }

  #run(
    messages: PlannedMessages,
    firstNumber: number,
    zeroAtMs: number,
    isStopped: () => boolean,
    onDone: () => void,
  ): void {
    const mine = [...messages.atMs.keys()].filter(index => this.#clients.has(messages.client[index]!))
    const pacer = new Pacer({
      atMs: mine.map(index => messages.atMs[index]!),
      numbers: mine.map(index => firstNumber + index),
    })
    this.#pace(pacer, zeroAtMs, number => this.#send(number, messages, number - firstNumber), isStopped, onDone)
  }

  /** Lets those leave and come back who do so by the plan. */
  #churn({ leaveAtMs, backAtMs, client }: PlannedChurn, zeroAtMs: number): void {
    const moves = client
      .flatMap((number, index) => [
        { atMs: leaveAtMs[index]!, number, isLeaving: true },
        { atMs: backAtMs[index]!, number, isLeaving: false },
      ])
      .filter(({ number }) => this.#clients.has(number))
      .sort((one, other) => one.atMs - other.atMs)
    const pacer = new Pacer({ atMs: moves.map(({ atMs }) => atMs), numbers: [...moves.keys()] })
    const act = (index: number) => {
      const { number, isLeaving } = moves[index]!
      const mover = this.#clients.get(number)!
      if (isLeaving) mover.leaveRooms()
      else mover.comeBack()
    }
    this.#pace(pacer, zeroAtMs, act, this.#isStopped, () => {})
  }

  /** Does what is due when it is due, until all is done or the load is stopped. */
  #pace(
    pacer: Pacer,
    zeroAtMs: number,
    act: (number: number) => void,
    isStopped: () => boolean,
    onDone: () => void,
  ): void {
    const { recorder } = this.#options
    const step = () => {
      // A run that was given up may end before all is sent.
      if (this.#isFinished) return
      if (isStopped()) return onDone()
      const nowMs = recorder.now() - zeroAtMs
      for (const number of pacer.due(nowMs)) act(number)
      const waitMs = pacer.waitMs(recorder.now() - zeroAtMs)
      if (waitMs === null) return onDone()
      // Node's timers have whole milliseconds and may fire up to one early.
      setTimeout(step, Math.ceil(waitMs))
    }
    step()
  }

  #send(number: number, messages: PlannedMessages, index: number): void {
    const { plan, recorder } = this.#options
    const client = this.#clients.get(messages.client[index]!)!
    const { instance } = client
    this.#handed++
    if (number < this.#loadCount) this.#handedOfLoad++
    recorder.sent(number, instance)
    client.send(plan.rooms[messages.room[index]!]!, makeText({ number, instance }, plan.textBytes), number)
  }

  readonly #isStopped = () => this.#stoppedAtMs !== Number.POSITIVE_INFINITY

  #sendsToCome(): number {
    const ofLoad = this.#isStopped() ? 0 : this.#planned.load - this.#handedOfLoad
    return ofLoad + this.#planned.rollCall - (this.#handed - this.#handedOfLoad)
  }

  /** This worker's messages that are planned before that time. */
  #shareOf({ client, atMs }: PlannedMessages, beforeMs = Number.POSITIVE_INFINITY): number {
    let count = 0
    for (let index = 0; index < client.length; index++) {
      if (atMs[index]! < beforeMs && this.#clients.has(client[index]!)) count++
    }
    return count
  }
}

type MutableRoomStatus = { -readonly [Key in keyof RoomStatus]: RoomStatus[Key] }

function addMember(status: MutableRoomStatus, state: Readonly<RoomState>): void {
  // Owed nothing, and not to be counted by others.
  if (state.isAway) return
  status.members++
  status.seqSum += state.position?.seq ?? 0
  if (!state.isJoined) return
  // Every client is a user of its own, so both numbers have to be the same.
  const told = state.connectionsTold === state.participantsTold ? state.connectionsTold : null
  status.countTold = status.joined === 0 || status.countTold === told ? told : null
  status.joined++
}
