/** What all virtual clients of one worker share: the ledger, the histograms and the running counts. */

import { countFine } from '../ledger/fine-buckets.ts'
import type { LatencyHistograms } from '../ledger/latency-recording.ts'
import type { PhantomRecord, Position } from '../ledger/ledger.ts'
import type { LedgerWriter } from '../ledger/ledger-writer.ts'
import { countLatency, type WorkerCounters, zeroCounters } from '../ledger/worker-counters.ts'
import type { Plan } from '../plan/plan.ts'
import type { LatencyKind } from '../scenario/measures.ts'
import type { TargetMessage } from '../targets/target.ts'
import { LateTally } from './late-tally.ts'
import { claimedNumber, type MessageTag, readText } from './message-text.ts'

/** A client who is told a message. */
export interface Receiver {
  /** In the plan. */
  readonly number: number
  /** Index of its instance, and since when it is connected to it. */
  readonly instance: number
  readonly connectedAtMs: number
}

/** Characters of a phantom's text that the ledger keeps. */
const PHANTOM_TEXT_LENGTH = 60

/** A power of two, well above the messages that are on their way to a worker's clients at one time. */
const VERIFIED_MAX = 2_048
/** Keeps the rooms' messages of the same seq apart. Odd, so that no two of neighbouring rooms meet. */
const VERIFIED_ROOM_STRIDE = 97

interface Verified {
  readonly room: number
  readonly text: string
  readonly from: string
  readonly tag: MessageTag
}

/** Messages in a row that are all as they were sent. */
interface VerifiedStretch {
  readonly room: number
  readonly messages: readonly TargetMessage[]
  readonly numbers: readonly number[]
  readonly groups: readonly StretchGroup[]
}

/** Of them, those next to each other that were meant for the same time and came by the same instance. */
interface StretchGroup {
  /** In the stretch. */
  readonly start: number
  end: number
  readonly tag: MessageTag
}

export class LoadRecorder {
  readonly ledger: LedgerWriter
  readonly counters: WorkerCounters = zeroCounters()
  readonly now: () => number
  /** Highest seq that was told of, by room. */
  readonly seqMax: number[]
  openSends = 0
  /** Monotonic time of the plan's 0, and of the roll call's. */
  zeroAtMs = 0
  rollCallZeroAtMs = 0
  readonly #plan: Plan
  readonly #histograms: LatencyHistograms
  readonly #late: LateTally
  /** Of the run's clock, and the deliveries in it so far; written down when it is over. */
  #second = 0
  #deliveredInSecond = 0
  readonly #loadCount: number
  /** Texts that were found good, each where its room and seq lead to: nearly all deliveries repeat one. */
  readonly #verified = new Array<Verified | null>(VERIFIED_MAX).fill(null)
  /** What came last in a row: most likely the next client is told the same. */
  #verifiedStretch: VerifiedStretch | null = null

  constructor(plan: Plan, ledger: LedgerWriter, histograms: LatencyHistograms, now: () => number) {
    this.#plan = plan
    this.ledger = ledger
    this.#histograms = histograms
    this.#late = new LateTally(line => ledger.write(line))
    this.now = now
    this.#loadCount = plan.messages.atMs.length
    this.seqMax = plan.rooms.map(() => 0)
  }

  sent(number: number, instance: number): void {
    const nowMs = this.now()
    this.openSends++
    this.counters.sent++
    this.ledger.write(['sent', number, instance, nowMs])
    this.#recordLatency('sendLag', number, nowMs)
  }

  acked(number: number, instance: number, position: Position): void {
    const nowMs = this.now()
    this.openSends--
    this.counters.acked++
    const room = this.#roomOf(number)
    this.seqMax[room] = Math.max(this.seqMax[room]!, position.seq)
    this.ledger.write(['acked', number, instance, position.epoch, position.seq, nowMs])
    this.#recordLatency('ack', number, nowMs)
  }

  rejected(number: number, code: string): void {
    this.openSends--
    this.counters.rejected++
    this.ledger.write(['rejected', number, code])
  }

  unknown(number: number): void {
    this.openSends--
    this.counters.unknown++
    this.ledger.write(['unknown', number])
  }

  /** Writes down one delivery and says what it shows. `isHistory`: part of catching up, which is never late. */
  delivered(
    receiver: Receiver,
    room: number,
    message: TargetMessage,
    isHistory: boolean,
  ): { provesCross: boolean; isLate: boolean } {
    const nowMs = this.now()
    this.#countDelivered(1, nowMs)
    if (message.seq > this.seqMax[room]!) this.seqMax[room] = message.seq
    const tag = this.#verify(receiver.number, room, message, nowMs)
    this.ledger.delivered(receiver.number, room, message, tag?.number ?? -1, nowMs)
    if (tag === null) return { provesCross: false, isLate: false }
    const isLate = this.#recordDelivery(receiver, tag, nowMs, 1) && !isHistory
    if (isLate) this.#noteLate(receiver, room, message, tag.number, nowMs)
    return { provesCross: this.#provesCross(receiver, tag), isLate }
  }

  /** The same for live messages in a row. `late`: how many of them are. */
  deliveredStretch(
    receiver: Receiver,
    room: number,
    messages: readonly TargetMessage[],
  ): { provesCross: boolean; late: number } {
    const stretch = this.#verifyStretch(room, messages)
    let provesCross = false
    let late = 0
    if (stretch === null) {
      for (const message of messages) {
        const shown = this.delivered(receiver, room, message, false)
        provesCross ||= shown.provesCross
        if (shown.isLate) late++
      }
      return { provesCross, late }
    }
    const nowMs = this.now()
    const seqMax = messages[0]!.seq + messages.length - 1
    this.#countDelivered(messages.length, nowMs)
    if (seqMax > this.seqMax[room]!) this.seqMax[room] = seqMax
    this.ledger.deliveredStretch(receiver.number, room, messages[0]!, stretch.numbers, nowMs)
    for (const { start, end, tag } of stretch.groups) {
      provesCross ||= this.#provesCross(receiver, tag)
      if (!this.#recordDelivery(receiver, tag, nowMs, end - start)) continue
      late += end - start
      for (let index = start; index < end; index++) {
        this.#noteLate(receiver, room, messages[index]!, stretch.numbers[index]!, nowMs)
      }
    }
    return { provesCross, late }
  }

  /** Writes out what will hardly change any more. `Infinity` for everything. */
  flush(beforeSlice: number): void {
    this.ledger.flushRooms()
    this.#late.flush()
    if (beforeSlice === Number.POSITIVE_INFINITY) this.#endSecond()
    for (const { kind, slice, histogram, overflow } of this.#histograms.flush(beforeSlice)) {
      this.ledger.write(['latency', kind, slice, histogram, overflow])
    }
  }

  #countDelivered(count: number, nowMs: number): void {
    this.counters.delivered += count
    const second = Math.floor((nowMs - this.zeroAtMs) / 1000)
    if (second !== this.#second) {
      this.#endSecond()
      this.#second = second
    }
    this.#deliveredInSecond += count
  }

  #endSecond(): void {
    if (this.#deliveredInSecond > 0) this.ledger.write(['delivered-in', this.#second, this.#deliveredInSecond])
    this.#deliveredInSecond = 0
  }

  #noteLate(receiver: Receiver, room: number, { epoch, seq }: Position, number: number, atMs: number): void {
    const slice = Math.floor(this.#plan.messages.atMs[number]! / 1000)
    const example = { client: receiver.number, room, position: { epoch, seq }, number, atMs }
    this.#late.add(example, slice, receiver.instance)
  }

  /** Of `count` messages of the same time and instance as this one's. Answers whether they came too late to be live. */
  #recordDelivery(receiver: Receiver, { number, instance }: MessageTag, nowMs: number, count: number): boolean {
    // Where the sender had no connection at the hand-over, its instance is not known yet: for the histogram the slower kind is assumed.
    const kind = instance === -1 || instance !== receiver.instance ? 'cross' : 'same'
    const latencyMs = this.#recordLatency(kind, number, nowMs, count)
    return latencyMs !== null && latencyMs > this.#plan.deadlineMs
  }

  /** What was meant to be sent before the receiver connected may have come by a retry through the receiver's own instance. */
  #provesCross(receiver: Receiver, { number, instance }: MessageTag): boolean {
    return instance >= 0 && instance !== receiver.instance && this.#intendedAtMs(number) >= receiver.connectedAtMs
  }

  /** Null for the roll call, which is not timed. */
  #recordLatency(kind: LatencyKind, number: number, nowMs: number, count = 1): number | null {
    if (number >= this.#loadCount) return null
    const atMs = this.#plan.messages.atMs[number]!
    const latencyMs = nowMs - this.zeroAtMs - atMs
    this.#histograms.record(kind, Math.floor(atMs / 1000), latencyMs, count)
    countLatency(this.counters.latency[kind], latencyMs / 1000, count)
    if (kind === 'cross' || kind === 'sendLag') countFine(this.counters.latencyFine[kind], latencyMs, count)
    return latencyMs
  }

  /** The tag of a message as it was sent; null, and a phantom in the ledger, for anything else. */
  #verify(client: number, room: number, message: TargetMessage, nowMs: number): MessageTag | null {
    const tag = this.#tagOf(room, message)
    if (typeof tag !== 'string') return tag
    const { text, epoch, seq, id } = message
    this.counters.phantoms++
    this.ledger.write(['phantom', client, room, epoch, seq, id, text.slice(0, PHANTOM_TEXT_LENGTH), tag, nowMs])
    return null
  }

  /** The tag of a message as it was sent; for anything else, why it is a phantom. */
  #tagOf(room: number, message: TargetMessage): MessageTag | PhantomRecord['why'] {
    const { text, from, seq } = message
    const slot = (seq + room * VERIFIED_ROOM_STRIDE) & (VERIFIED_MAX - 1)
    const known = this.#verified[slot]
    if (known?.room === room && known.text === text && known.from === from) return known.tag
    const tag = readText(text, this.#plan.textBytes)
    const why = this.#whyPhantom(tag, room, message)
    if (tag === null || why !== null) return why ?? 'not-sent'
    this.#verified[slot] = { room, text, from, tag }
    return tag
  }

  /** Looked at once for all clients that are told the same. Null where one of them is a phantom. */
  #verifyStretch(room: number, messages: readonly TargetMessage[]): VerifiedStretch | null {
    const known = this.#verifiedStretch
    if (known !== null && known.messages === messages && known.room === room) return known
    const numbers: number[] = []
    const groups: StretchGroup[] = []
    for (const [index, message] of messages.entries()) {
      const tag = this.#tagOf(room, message)
      if (typeof tag === 'string') return null
      const group = groups.at(-1)
      if (group !== undefined && this.#isAlike(group.tag, tag)) group.end++
      else groups.push({ start: index, end: index + 1, tag })
      numbers.push(tag.number)
    }
    this.#verifiedStretch = { room, messages, numbers, groups }
    return this.#verifiedStretch
  }

  /** Meant for the same time, both of the load or both of the roll call, and handed to the same instance. */
  #isAlike(one: MessageTag, other: MessageTag): boolean {
    const isOfLoad = one.number < this.#loadCount
    if (one.instance !== other.instance || isOfLoad !== other.number < this.#loadCount) return false
    return this.#intendedAtMs(one.number) === this.#intendedAtMs(other.number)
  }

  #whyPhantom(tag: MessageTag | null, room: number, { from, text }: TargetMessage): PhantomRecord['why'] | null {
    const number = tag?.number ?? claimedNumber(text)
    if (number === null || number >= this.#loadCount + this.#plan.rollCall.atMs.length) return 'not-sent'
    if (tag === null) return 'changed'
    if (this.#roomOf(number) !== room) return 'wrong-room'
    return this.#plan.clients[this.#senderOf(number)]!.name === from ? null : 'wrong-sender'
  }

  #intendedAtMs(number: number): number {
    const { messages, rollCall } = this.#plan
    return number < this.#loadCount
      ? this.zeroAtMs + messages.atMs[number]!
      : this.rollCallZeroAtMs + rollCall.atMs[number - this.#loadCount]!
  }

  #roomOf(number: number): number {
    const { messages, rollCall } = this.#plan
    return number < this.#loadCount ? messages.room[number]! : rollCall.room[number - this.#loadCount]!
  }

  #senderOf(number: number): number {
    const { messages, rollCall } = this.#plan
    return number < this.#loadCount ? messages.client[number]! : rollCall.client[number - this.#loadCount]!
  }
}
