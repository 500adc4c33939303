import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { expandLines, inPlanTime } from './expand-ledger.ts'
import type { DeliveredRecord, RawRecord } from './raw-record.ts'

const CLIENTS = [0, 1, 2]
const ROOMS = [0, 1]

let folder: string
let files = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-expand-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Writes as a load worker does: runs end before the `closed` of their connection. `flush` is the worker's regular writing out. */
async function written(records: readonly (RawRecord | 'flush')[]): Promise<LedgerLine[]> {
  const path = join(folder, `worker-${files++}.jsonl`)
  const writer = new LedgerWriter(path)
  for (const record of records) {
    if (record === 'flush') writer.flushRooms()
    else if (record[0] === 'delivered') {
      const [, client, room, epoch, seq, number, atMs] = record
      writer.delivered(client, room, { epoch, seq }, number, atMs)
    } else {
      if (record[0] === 'closed') writer.connectionEnded(record[1], ROOMS)
      writer.write(record)
    }
  }
  await writer.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line))
}

/** Per client and room, by connection and in order of arrival: what the ledger promises to keep. */
function deliveriesOf(records: readonly (RawRecord | 'flush')[], client: number, room: number): DeliveredRecord[][] {
  const connections: DeliveredRecord[][] = [[]]
  for (const record of records) {
    if (record === 'flush') continue
    if (record[0] === 'closed' && record[1] === client) connections.push([])
    if (record[0] === 'delivered' && record[1] === client && record[2] === room) connections.at(-1)!.push(record)
  }
  return connections
}

function untimed(connections: readonly (readonly DeliveredRecord[])[]) {
  return connections.map(deliveries => deliveries.map(record => record.slice(0, -1)))
}

const client = fc.constantFrom(...CLIENTS)
const room = fc.constantFrom(...ROOMS)
const epoch = fc.constantFrom('A', 'B')
/** Few messages and places, so that runs, repetitions and contradictions all come up. Number = seq most of the time. */
const stretch = fc
  .record({
    client,
    room,
    epoch,
    fromSeq: fc.integer({ min: 1, max: 6 }),
    count: fc.integer({ min: 1, max: 6 }),
    wrong: fc.option(fc.integer({ min: -1, max: 3 }), { freq: 5 }),
  })
  .map(({ client, room, epoch, fromSeq, count, wrong }) =>
    Array.from({ length: count }, (_, index): RawRecord => {
      const seq = fromSeq + index
      return ['delivered', client, room, epoch, seq, wrong ?? seq, 0]
    }),
  )
const other = fc
  .oneof(
    fc.constant('flush' as const),
    client.map((client): RawRecord => ['closed', client, 1006, 0, 0]),
    client.map((client): RawRecord => ['opened', client, 1, 0]),
    fc.tuple(client, room).map(([client, room]): RawRecord => ['gap', client, room, 'A', 1, 'A', 3, 0]),
    fc.nat(5).map((number): RawRecord => ['acked', number, 0, 'A', number, 0]),
    fc.nat(5).map((number): RawRecord => ['rejected', number, 'too-fast']),
  )
  .map(record => [record])
const TIMELESS = ['rejected', 'unknown', 'tally', 'end', 'end-of-room']
/** Each record at a time of its own, rising. */
const history = fc
  .array(fc.oneof({ weight: 3, arbitrary: stretch }, { weight: 1, arbitrary: other }), { maxLength: 25 })
  .map(parts =>
    parts
      .flat()
      .map((record, index) =>
        record === 'flush' || TIMELESS.includes(record[0])
          ? record
          : ([...record.slice(0, -1), 1000 + index] as unknown as RawRecord),
      ),
  )

describe('expandLines', () => {
  it('gives back what went into the ledger', async () => {
    let runs = 0
    let odds = 0
    await fc.assert(
      fc.asyncProperty(history, async records => {
        const lines = await written(records)
        runs += lines.filter(line => line[0] === 'run' && line[5] > 1).length
        odds += lines.filter(line => line[0] === 'odd').length
        const expanded = expandLines(lines)
        const isOther = (record: RawRecord | 'flush') => record !== 'flush' && record[0] !== 'delivered'
        expect(expanded.filter(isOther)).toEqual(records.filter(isOther))
        for (const client of CLIENTS) {
          for (const room of ROOMS) {
            const before = deliveriesOf(records, client, room)
            const after = deliveriesOf(expanded, client, room)
            expect(untimed(after)).toEqual(untimed(before))
            const early = before.flat().every((record, index) => record[6] >= after.flat()[index]![6])
            expect(early).toBe(true)
            expect(after.map(connection => connection.at(-1))).toEqual(before.map(connection => connection.at(-1)))
          }
        }
      }),
      { numRuns: 300 },
    )
    // The histories did go through both encodings.
    expect(runs).toBeGreaterThan(100)
    expect(odds).toBeGreaterThan(100)
  })

  it('takes orders that stand behind the runs', () => {
    const lines: LedgerLine[] = [
      ['run', 1, 0, 'A', 4, 3, 10, 30],
      ['order', 0, 'A', 4, [7, -1]],
      ['order', 1, 'A', 6, [1]],
      ['order', 0, 'B', 6, [2]],
      ['order', 0, 'A', 6, [9]],
    ]
    expect(expandLines(lines)).toEqual([
      ['delivered', 1, 0, 'A', 4, 7, 10],
      ['delivered', 1, 0, 'A', 5, -1, 10],
      ['delivered', 1, 0, 'A', 6, 9, 30],
    ])
  })

  it('does not make a message up where no order has it', () => {
    expect(() => expandLines([['run', 1, 0, 'A', 4, 1, 10, 10]])).toThrow('no order of room 0 has seq 4 of epoch A')
  })
})

describe('inPlanTime', () => {
  it('moves times, and nothing but times', () => {
    const records: RawRecord[] = [
      ['sent', 1, 0, 500],
      ['delivered', 1, 0, 'A', 3, 2, 600],
      ['rejected', 3, 'too-fast'],
      ['unknown', 4],
      ['tally', 1, 0, 3, 4],
      ['end', 1, 1],
      ['end-of-room', 1, 0, 'A', 3, 1],
    ]
    expect(inPlanTime(records, 500)).toEqual([
      ['sent', 1, 0, 0],
      ['delivered', 1, 0, 'A', 3, 2, 100],
      ...records.slice(2),
    ])
  })
})
