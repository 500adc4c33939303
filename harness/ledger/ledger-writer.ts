/**
 * Writes one worker's ledger while the run goes. Deliveries are kept in arrival order as a run-length encoding: as long as a client
 * gets what the room's other clients got, in the same order, a delivery costs nothing on disk.
 */

import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { CountLog } from './count-log.ts'
import type { Position } from './ledger.ts'
import type { LedgerLine } from './ledger-records.ts'

interface OpenRun {
  readonly epoch: string
  readonly fromSeq: number
  count: number
  readonly firstAtMs: number
  lastAtMs: number
}

/** What this worker's clients were told first about the places of one room and epoch. */
interface OrderTable {
  readonly numbers: (number | undefined)[]
  /** Seqs that have not been written yet. */
  fresh: number[]
}

export class LedgerWriter {
  readonly #stream: WriteStream
  /** By room, then by client. */
  readonly #runs: (Map<number, OpenRun> | undefined)[] = []
  /** By room, then by epoch. */
  readonly #orders = new Map<number, Map<string, OrderTable>>()
  /** The one that was asked for last: most deliveries of one moment are of one room. */
  #latestOrder: { readonly room: number; readonly epoch: string; readonly table: OrderTable } | null = null
  readonly #counts = new CountLog(line => this.write(line))

  constructor(path: string) {
    this.#stream = createWriteStream(path, { flags: 'wx' })
  }

  write(line: LedgerLine): void {
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }

  /** `number` is -1 for a message that is not in the plan. */
  delivered(client: number, room: number, position: Position, number: number, atMs: number): void {
    const { epoch, seq } = position
    if (!this.#agrees(room, epoch, seq, number)) {
      this.#endRun(client, room)
      this.write(['odd', client, room, epoch, seq, number, atMs])
      return
    }
    this.#extendRun(client, room, epoch, seq, 1, atMs)
  }

  /** Messages in a row, of which the first one stands at `position`; `numbers` are theirs. The same as each by itself. */
  deliveredStretch(client: number, room: number, position: Position, numbers: readonly number[], atMs: number): void {
    const { epoch, seq } = position
    if (numbers.every((number, index) => this.#agrees(room, epoch, seq + index, number))) {
      this.#extendRun(client, room, epoch, seq, numbers.length, atMs)
    } else {
      numbers.forEach((number, index) => void this.delivered(client, room, { epoch, seq: seq + index }, number, atMs))
    }
  }

  /** The client was told how many are in the room. */
  counted(client: number, room: number, connections: number, participants: number, atMs: number): void {
    this.#counts.told(client, room, connections, participants, atMs)
  }

  /** Runs do not go on over a new connection, and what was told on the old one does not hold on it. */
  connectionEnded(client: number, rooms: readonly number[]): void {
    for (const room of rooms) {
      this.#endRun(client, room)
      this.#counts.forget(client, room)
    }
  }

  /** Writes what was learnt about rooms since the last time: their orders and their counts. Open runs stay open. */
  flushRooms(): void {
    this.#counts.flush()
    for (const [room, epochs] of this.#orders) {
      for (const [epoch, table] of epochs) this.#flushOrder(room, epoch, table)
    }
  }

  async close(): Promise<void> {
    this.#runs.forEach((runs, room) => {
      for (const client of runs!.keys()) this.#endRun(client, room)
    })
    this.flushRooms()
    this.#stream.end()
    await finished(this.#stream)
  }

  #agrees(room: number, epoch: string, seq: number, number: number): boolean {
    const table = this.#orderOf(room, epoch)
    const known = table.numbers[seq]
    if (known !== undefined) return known === number
    table.numbers[seq] = number
    table.fresh.push(seq)
    return true
  }

  #orderOf(room: number, epoch: string): OrderTable {
    const latest = this.#latestOrder
    if (latest !== null && latest.room === room && latest.epoch === epoch) return latest.table
    const table = this.#findOrder(room, epoch)
    this.#latestOrder = { room, epoch, table }
    return table
  }

  #findOrder(room: number, epoch: string): OrderTable {
    let epochs = this.#orders.get(room)
    if (epochs === undefined) {
      epochs = new Map()
      this.#orders.set(room, epochs)
    }
    let table = epochs.get(epoch)
    if (table === undefined) {
      table = { numbers: [], fresh: [] }
      epochs.set(epoch, table)
    }
    return table
  }

  /** One line for each stretch of seqs in a row. */
  #flushOrder(room: number, epoch: string, table: OrderTable): void {
    const seqs = table.fresh.sort((a, b) => a - b)
    table.fresh = []
    for (let start = 0; start < seqs.length; ) {
      let end = start + 1
      while (end < seqs.length && seqs[end] === seqs[end - 1]! + 1) end++
      const numbers = seqs.slice(start, end).map(seq => table.numbers[seq]!)
      this.write(['order', room, epoch, seqs[start]!, numbers])
      start = end
    }
  }

  #extendRun(client: number, room: number, epoch: string, seq: number, count: number, atMs: number): void {
    this.#runs[room] ??= new Map()
    const runs = this.#runs[room]
    const run = runs.get(client)
    if (run !== undefined && run.epoch === epoch && run.fromSeq + run.count === seq) {
      run.count += count
      run.lastAtMs = atMs
      return
    }
    this.#endRun(client, room)
    runs.set(client, { epoch, fromSeq: seq, count, firstAtMs: atMs, lastAtMs: atMs })
  }

  #endRun(client: number, room: number): void {
    const run = this.#runs[room]?.get(client)
    if (run === undefined) return
    this.#runs[room]!.delete(client)
    this.write(['run', client, room, run.epoch, run.fromSeq, run.count, run.firstAtMs, run.lastAtMs])
  }
}
