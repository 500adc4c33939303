/**
 * Test support: an honest service under a plan, simulated event by event, and what the harness writes down of it. Whatever happens to
 * connections, rooms and sends, no client is left without a message or a declared gap.
 *
 * Not simulated: the wire, latencies of a real network, and the harness's own slips. Losses of Redis come before healing, and only where
 * somebody is told, since no service could be honest about the others.
 */

import type { FaultRecord, RoomLog } from '../ledger/ledger.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import type { Plan } from '../plan/plan.ts'
import { Agenda } from './agenda.ts'
import { Dice } from './dice.ts'
import { HonestClient, type Send, type Surroundings } from './honest-client.ts'
import { faultRecords, isUp, lastExcuseAtMs, lastHealingAtMs } from './honest-faults.ts'
import { HonestRoom } from './honest-room.ts'
import type { Mood } from './mood.ts'
import type { TestHistory } from './test-history.ts'

/** Clients come this long before the warm-up. */
const COMING_MS = 500
/** From the end of the load until everybody is asked to go home, and from there to the roll call: longer than anything takes. */
const SETTLE_MS = 3_000
const GOING_HOME_MS = 2_000
const ROLL_CALL_MS = 2_000
/** How long some hear nothing before a loss. */
const STALL_MS = 600
/** An epoch lasts until somebody has heard of it: the order of epochs that no log knows is told by when they were first seen. */
const EPOCH_MS_MIN = 1_500
/** Not in the order of the alphabet. */
const EPOCHS = ['m', 'c', 'x', 'h', 'k']

export interface Circumstances {
  readonly plan: Plan
  readonly seed: number
  readonly workers: number
  readonly mood: Mood
}

type Fate = 'ok' | 'never-handed' | 'rejected' | 'unknown-accepted' | 'unknown-gone'

interface Origin {
  instance: number
  readonly intendedAtMs: number
}

/** The same circumstances give the same history. */
export function simulate(circumstances: Circumstances): TestHistory {
  return new HonestService(circumstances).live()
}

class HonestService implements Surroundings {
  readonly agenda = new Agenda()
  readonly mood: Mood
  readonly rooms: readonly HonestRoom[]
  readonly #plan: Plan
  readonly #seed: number
  readonly #records: RawRecord[][]
  readonly #clients: readonly HonestClient[]
  readonly #faults: readonly FaultRecord[]
  readonly #healedAtMs: number | null
  readonly #excusedUntilMs: number
  readonly #homeAtMs: number
  readonly #rollCallAtMs: number | null
  readonly #origins: Origin[] = []
  readonly #senderOf: readonly number[]
  /** By room: epochs that are still to come. */
  readonly #epochsToCome: { readonly atMs: number; readonly isLossy: boolean }[][]
  readonly #epochs: string[][]

  constructor({ plan, seed, workers, mood }: Circumstances) {
    this.mood = mood
    this.#plan = plan
    this.#seed = seed
    this.#records = Array.from({ length: workers }, () => [])
    this.#faults = faultRecords(plan, mood, new Dice(seed, 'faults'))
    this.#healedAtMs = lastHealingAtMs(plan, this.#faults)
    this.#excusedUntilMs = lastExcuseAtMs(plan, this.#faults)
    this.#homeAtMs = plan.loadMs + SETTLE_MS
    const isCalled = !new Dice(seed, 'roll call').chance(mood.noRollCall)
    this.#rollCallAtMs = isCalled ? this.#homeAtMs + GOING_HOME_MS : null
    this.#epochs = plan.rooms.map((_, room) => new Dice(seed, `epochs ${room}`).shuffled(EPOCHS))
    this.rooms = this.#epochs.map(epochs => new HonestRoom(epochs.pop()!))
    this.#epochsToCome = plan.rooms.map((_, room) => this.#planEpochs(room))
    this.#senderOf = [...plan.messages.client, ...plan.rollCall.client]
    this.#clients = plan.clients.map(
      ({ rooms }, client) => new HonestClient(client, rooms, this, new Dice(seed, `client ${client}`)),
    )
  }

  live(): TestHistory {
    this.#planClients()
    this.#planFaults()
    this.#planTrims()
    this.#planMessages()
    const endAtMs = (this.#rollCallAtMs ?? this.#homeAtMs) + ROLL_CALL_MS
    this.agenda.run()
    this.agenda.at(endAtMs, () => this.#end())
    this.agenda.run()
    return {
      plan: this.#plan,
      workers: this.#records,
      run: {
        schema: 1,
        workers: this.#records.length,
        zeroAtMs: 50_000,
        rollCallAtMs: this.#rollCallAtMs,
        healedAtMs: this.#healedAtMs,
        residue: [],
        faults: this.#faults,
        logs: this.#readLogs(),
      },
    }
  }

  record(client: number, record: RawRecord): void {
    this.#records[client % this.#records.length]!.push(record)
  }

  accept(room: number, { number, isAnswered }: Send): void {
    const log = this.rooms[room]!
    this.#changeEpoch(room)
    const position = log.append(number)
    log.openSends--
    const isStalling = this.#isStalling(room)
    for (const client of this.#clients) {
      const member = client.members.find(its => its.room === room)
      if (member === undefined) continue
      const waitMs = client.pauseMs() + (isStalling && client.dice.chance(0.5) ? STALL_MS : 0)
      this.agenda.after(waitMs, () => member.catchUp())
    }
    const sender = this.#clients[this.#senderOf[number]!]!
    if (isAnswered) this.agenda.after(sender.pauseMs(), () => sender.ack({ number, position }))
  }

  originOf(number: number): Origin {
    return this.#origins[number]!
  }

  #planClients(): void {
    const { mood } = this
    const plan = this.#plan
    for (const client of this.#clients) {
      const dice = new Dice(this.#seed, `story of client ${client.number}`)
      const comingAtMs = -plan.warmUpMs - COMING_MS + client.number
      const home = plan.clients[client.number]!.instance
      this.agenda.at(comingAtMs, () => client.open(home))
      for (const member of client.members) {
        const isLate = dice.chance(mood.lateJoins)
        this.agenda.at(isLate ? this.#someTime(dice) : comingAtMs, () => member.want())
        if (!dice.chance(mood.leaves)) continue
        this.agenda.at(this.#someTime(dice), () => member.leave())
        if (dice.chance(mood.rejoins)) this.agenda.at(this.#someTime(dice) + 1, () => member.want())
      }
      for (let outage = dice.between(0, mood.outagesMax); outage > 0; outage--) {
        const [code, downMs] = [dice.pick([1000, 1001, 1006, 1012, 4008]), dice.between(1, 400)]
        this.agenda.at(this.#someTime(dice), () => this.#interrupt(client, { code, wasAnnounced: false, downMs }))
      }
      this.agenda.at(this.#homeAtMs, () => this.#goHome(client, home))
    }
  }

  #planFaults(): void {
    for (const { kind, target, firedAtMs, exit } of this.#faults) {
      if (firedAtMs === null) continue
      const isStop = kind === 'stop-instance'
      const isCut = exit === null || exit.signal !== null
      this.agenda.at(firedAtMs, () => {
        for (const client of this.#clients) {
          if (this.#plan.instances[client.instance] !== target) continue
          const waitMs = isStop ? client.dice.between(1, 500) : 1
          const { generation } = client
          this.agenda.after(waitMs, () => {
            if (client.generation !== generation) return
            const [code, downMs] = [isStop && !isCut ? 1012 : 1006, client.dice.between(1, 300)]
            this.#interrupt(client, { code, wasAnnounced: isStop, downMs })
          })
        }
      })
    }
  }

  /** Loses the connection, and comes back to any instance that serves. */
  #interrupt(client: HonestClient, how: { code: number; wasAnnounced: boolean; downMs: number }): void {
    if (!client.isConnected) return
    client.close(how.code, how.wasAnnounced)
    this.agenda.after(how.downMs, () => {
      const up = this.#plan.instances.filter(name => isUp(name, this.#faults, this.agenda.nowMs))
      client.open(this.#plan.instances.indexOf(client.dice.pick(up.length > 0 ? up : this.#plan.instances)))
    })
  }

  #goHome(client: HonestClient, home: number): void {
    const isHomeUp = isUp(this.#plan.instances[home]!, this.#faults, this.agenda.nowMs)
    if (!isHomeUp || client.instance === home) return
    this.record(client.number, ['went-home', client.number, this.agenda.nowMs])
    client.close(1000, false)
    this.agenda.after(2, () => client.open(home))
  }

  /** Before healing, so that a gap may stand for what is dropped. */
  #planTrims(): void {
    for (const [number, room] of this.rooms.entries()) {
      const dice = new Dice(this.#seed, `trims ${number}`)
      if (!dice.chance(this.mood.trims)) continue
      const atMs = this.#someTime(dice)
      const count = dice.between(1, 6)
      if (this.#isBeforeHealing(atMs)) this.agenda.at(atMs, () => room.trim(count))
    }
  }

  /** Between two messages. */
  #planEpochs(room: number): { atMs: number; isLossy: boolean }[] {
    const dice = new Dice(this.#seed, `epoch changes ${room}`)
    const { messages } = this.#plan
    const times = messages.atMs.filter((_, number) => messages.room[number] === room)
    const changes = [1, 2].filter(() => times.length > 0 && dice.chance(this.mood.epochChanges))
    const planned = changes.map(() => ({ atMs: dice.pick(times) + 5, isLossy: dice.chance(this.mood.losses) }))
    const [first, second] = planned.sort((a, b) => a.atMs - b.atMs)
    if (first === undefined) return []
    return second !== undefined && second.atMs - first.atMs >= EPOCH_MS_MIN ? [first, second] : [first]
  }

  /** Before Redis loses something, some hear nothing any more: they are those that it is lost to. */
  #isStalling(room: number): boolean {
    const [next] = this.#epochsToCome[room]!
    if (next === undefined || !next.isLossy) return false
    return this.agenda.nowMs < next.atMs && next.atMs - this.agenda.nowMs < STALL_MS
  }

  /** A new epoch shows with its first message. */
  #changeEpoch(room: number): void {
    const [next] = this.#epochsToCome[room]!
    const log = this.rooms[room]!
    if (next === undefined || this.agenda.nowMs < next.atMs || log.length === 0) return
    this.#epochsToCome[room]!.shift()
    const mayLose = next.isLossy && this.#isBeforeHealing(this.agenda.nowMs)
    log.changeEpoch(this.#epochs[room]!.pop()!, mayLose ? Math.min(log.losable, this.#unheard(room)) : 0)
  }

  /** Entries that some member has not got: what is lost of them will be declared to it. */
  #unheard(room: number): number {
    const members = this.#clients.flatMap(client => client.members).filter(member => member.room === room)
    const stays = members.flatMap(({ isStaying, position }) => (isStaying && position !== null ? [position] : []))
    return Math.max(0, ...stays.map(position => this.rooms[room]!.missingAfter(position)))
  }

  #isBeforeHealing(atMs: number): boolean {
    return atMs < this.#excusedUntilMs
  }

  #planMessages(): void {
    const { messages, rollCall } = this.#plan
    const lastHandedMs = new Map<number, number>()
    const dice = new Dice(this.#seed, 'messages')
    const count = messages.atMs.length
    for (let number = 0; number < count + rollCall.atMs.length; number++) {
      const isLoad = number < count
      const part = isLoad ? messages : rollCall
      const index = isLoad ? number : number - count
      const sender = part.client[index]!
      const intendedAtMs = part.atMs[index]! + (isLoad ? 0 : (this.#rollCallAtMs ?? 0))
      this.#origins.push({ instance: -1, intendedAtMs })
      const handedAtMs = Math.max(intendedAtMs + dice.between(0, 2), lastHandedMs.get(sender) ?? -Infinity)
      lastHandedMs.set(sender, handedAtMs)
      const fate = isLoad ? this.#fate(dice, sender, handedAtMs) : this.#rollCallAtMs === null ? 'never-handed' : 'ok'
      if (fate !== 'never-handed') this.agenda.at(handedAtMs, () => this.#handOver(number, part.room[index]!, fate))
    }
  }

  #fate(dice: Dice, sender: number, handedAtMs: number): Fate {
    const { neverHanded, rejected, unknownAccepted, unknownGone } = this.mood
    if (dice.chance(neverHanded)) return 'never-handed'
    if (dice.chance(rejected)) return 'rejected'
    // Of who does not speak at the roll call, a send without an answer after healing is all that is known.
    if (!this.#isBeforeHealing(handedAtMs) && !this.#plan.rollCall.client.includes(sender)) return 'ok'
    if (dice.chance(unknownAccepted)) return 'unknown-accepted'
    return dice.chance(unknownGone) ? 'unknown-gone' : 'ok'
  }

  #handOver(number: number, room: number, fate: Fate): void {
    const sender = this.#clients[this.#senderOf[number]!]!
    const member = sender.memberOf(room)
    this.#origins[number]!.instance = sender.instance
    this.record(sender.number, ['sent', number, sender.instance, this.agenda.nowMs])
    const isRefused = fate === 'rejected' || !member.isWanted
    if (isRefused) {
      const code = member.isWanted ? sender.dice.pick(['too-fast', 'unavailable', 'never-written']) : 'not-a-member'
      this.agenda.after(sender.pauseMs(), () => this.record(sender.number, ['rejected', number, code]))
      return
    }
    const isAnswered = fate === 'ok'
    // Given up in so many words, or never heard of again.
    if (!isAnswered && sender.dice.chance(0.5)) {
      this.agenda.after(500, () => this.record(sender.number, ['unknown', number]))
    }
    if (fate === 'unknown-gone') return
    this.rooms[room]!.openSends++
    member.put({ number, isAnswered })
  }

  /** Within the warm-up and the load. */
  #someTime(dice: Dice): number {
    return dice.between(-this.#plan.warmUpMs, this.#plan.loadMs)
  }

  #end(): void {
    for (const client of this.#clients) {
      const dice = new Dice(this.#seed, `end of client ${client.number}`)
      if (dice.chance(this.mood.endsApart)) client.close(1006, false)
      this.record(client.number, ['end', client.number, client.isConnected ? 1 : 0])
      for (const { room, lastPosition, isJoined } of client.members) {
        if (lastPosition !== null) {
          const { epoch, seq } = lastPosition
          this.record(client.number, ['end-of-room', client.number, room, epoch, seq, isJoined ? 1 : 0])
        }
        if (!dice.chance(this.mood.tallies)) continue
        this.record(client.number, ['tally', client.number, room, dice.between(0, 3), dice.between(0, 2)])
      }
    }
  }

  #readLogs(): (RoomLog | null)[] {
    return this.rooms.map((room, number) => {
      const dice = new Dice(this.#seed, `final read ${number}`)
      if (dice.chance(this.mood.unreadLogs)) return null
      // Everybody has everything by now, so that the log may be short.
      if (dice.chance(this.mood.trims)) room.trim(dice.between(1, 10))
      return room.log()
    })
  }
}
