/** One worker's share of the load: its clients, and the sends that the plan has for them. */

import type { Plan, PlannedMessages } from '../plan/plan.ts'
import type { Target } from '../targets/target.ts'
import type { RoomStatus, WorkerStatus } from './load-messages.ts'
import type { LoadRecorder } from './load-recorder.ts'
import { makeText } from './message-text.ts'
import { Pacer } from './pacer.ts'
import { VirtualClient } from './virtual-client.ts'

/** New connections per second and worker, so that the opening is no storm. */
export const CONNECTS_PER_SECOND = 500
/** A latency this far back is not expected to grow any more; one that does is added up when the ledger is read. */
const FLUSH_AFTER_SECONDS = 10
const FLUSH_EVERY_MS = 1000

export interface LoadWorkerOptions {
  readonly plan: Plan
  readonly worker: number
  readonly workers: number
  readonly target: Target
  readonly recorder: LoadRecorder
}

export class LoadWorker {
  readonly #options: LoadWorkerOptions
  /** By the client's number in the plan. */
  readonly #clients = new Map<number, VirtualClient>()
  readonly #loadCount: number
  #flushing: NodeJS.Timeout | null = null
  #handed = 0
  #handedOfLoad = 0
  #isHome = false
  #utilizationAtBegin = performance.eventLoopUtilization()
  #utilization: number | null = null

  constructor(options: LoadWorkerOptions) {
    this.#options = options
    const { plan, worker, workers, recorder } = options
    this.#loadCount = plan.messages.atMs.length
    plan.clients.forEach((planned, number) => {
      if (number % workers !== worker) return
      this.#clients.set(number, new VirtualClient(number, planned, plan.rooms, recorder))
    })
  }

  async connect(): Promise<void> {
    const { plan, target } = this.#options
    for (const [number, client] of this.#clients) {
      const { name, instance } = plan.clients[number]!
      client.start(target.createClient(name, instance, client))
      await new Promise(resolve => setTimeout(resolve, 1000 / CONNECTS_PER_SECOND))
    }
  }

  /** Sends the load, open loop. `zeroAtMs` is the monotonic time of the plan's 0. */
  begin(zeroAtMs: number): void {
    const { plan, recorder } = this.#options
    recorder.zeroAtMs = zeroAtMs
    this.#utilizationAtBegin = performance.eventLoopUtilization()
    this.#flushing = setInterval(() => {
      recorder.flush(Math.floor((recorder.now() - zeroAtMs) / 1000) - FLUSH_AFTER_SECONDS)
    }, FLUSH_EVERY_MS)
    this.#run(plan.messages, 0, zeroAtMs, () => {
      this.#utilization = performance.eventLoopUtilization(this.#utilizationAtBegin).utilization
    })
  }

  /** Clients whom a fault drove away go back, so that the roll call reaches every instance. At the pace of the first connecting. */
  async goHome(): Promise<void> {
    for (const client of this.#clients.values()) {
      client.goHome()
      await new Promise(resolve => setTimeout(resolve, 1000 / CONNECTS_PER_SECOND))
    }
    this.#isHome = true
  }

  rollCall(zeroAtMs: number): void {
    this.#options.recorder.rollCallZeroAtMs = zeroAtMs
    this.#run(this.#options.plan.rollCall, this.#loadCount, zeroAtMs, () => {})
  }

  status(): WorkerStatus {
    const { recorder, plan } = this.#options
    const clients = [...this.#clients.values()]
    const rooms = new Map<number, { members: number; seqSum: number }>()
    let joined = 0
    let memberships = 0
    for (const client of clients) {
      for (const { room, position, isJoined } of client.rooms) {
        const seq = position?.seq ?? 0
        const sum = rooms.get(room) ?? { members: 0, seqSum: 0 }
        rooms.set(room, { members: sum.members + 1, seqSum: sum.seqSum + seq })
        memberships++
        if (isJoined) joined++
      }
    }
    const connected = clients.filter(client => client.isConnected).length
    recorder.counters.clientsConnected = connected
    return {
      clients: clients.length,
      connected,
      memberships,
      joined,
      isHome: this.#isHome,
      openSends: recorder.openSends,
      sendsToCome: this.#shareOf(plan.messages) + this.#shareOf(plan.rollCall) - this.#handed,
      rooms: [...rooms].map(([room, sum]): RoomStatus => ({ room, ...sum, seqMax: recorder.seqMax[room]! })),
      counters: recorder.counters,
    }
  }

  async finish(): Promise<void> {
    const { recorder, plan } = this.#options
    if (this.#flushing !== null) clearInterval(this.#flushing)
    for (const client of this.#clients.values()) client.finish()
    recorder.flush(Number.POSITIVE_INFINITY)
    const plannedSends = this.#shareOf(plan.messages)
    const utilization = this.#utilization ?? performance.eventLoopUtilization(this.#utilizationAtBegin).utilization
    recorder.ledger.write(['generator', utilization, plannedSends, this.#handedOfLoad])
    await recorder.ledger.close()
  }

  #run(messages: PlannedMessages, firstNumber: number, zeroAtMs: number, onDone: () => void): void {
    const { recorder } = this.#options
    const mine = [...messages.atMs.keys()].filter(index => this.#clients.has(messages.client[index]!))
    const pacer = new Pacer({
      atMs: mine.map(index => messages.atMs[index]!),
      numbers: mine.map(index => firstNumber + index),
    })
    const step = () => {
      const nowMs = recorder.now() - zeroAtMs
      for (const number of pacer.due(nowMs)) this.#send(number, messages, number - firstNumber)
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

  #shareOf(messages: PlannedMessages): number {
    let count = 0
    for (const client of messages.client) if (this.#clients.has(client)) count++
    return count
  }
}
