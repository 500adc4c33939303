import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COUNT_BURST_MS_MAX, CountLog } from './count-log.ts'
import type { LedgerLine } from './ledger-records.ts'
import { type CountLine, CountReader } from './read-counts.ts'

const ROOMS = 2
const CLIENTS = 4

/** A log that collects its lines. */
function open(): { log: CountLog; lines: LedgerLine[] } {
  const lines: LedgerLine[] = []
  return { log: new CountLog(line => lines.push(line)), lines }
}

/** "client room: connections/participants@ms", in order of the file. */
function read(lines: readonly LedgerLine[]): string[] {
  const told: string[] = []
  const reader = new CountReader(0, (client, room, { connections, participants, atMs }) => {
    told.push(`${client} ${room}: ${connections}/${participants}@${atMs}`)
  })
  for (const line of lines) reader.apply(line as CountLine)
  return told
}

test('what all members are told at once is one line', () => {
  const { log, lines } = open()
  for (let change = 0; change < 3; change++) {
    for (let client = 0; client < 1000; client++) log.told(client, 0, 1000 + change, 1000, 500 * change + client / 50)
  }
  log.flush()
  expect(lines.filter(([kind]) => kind === 'count')).toEqual([
    ['count', 0, [1000, 1000], 999 / 50, [0, 999]],
    ['count', 0, [1001, 1000], 500 + 999 / 50, [0, 999]],
    ['count', 0, [1002, 1000], 1000 + 999 / 50, [0, 999]],
  ])
  expect(read(lines)).toHaveLength(3000)
})

test('a repetition is left out, but not on a new connection', () => {
  const { log, lines } = open()
  log.told(0, 0, 5, 4, 10)
  log.told(0, 0, 5, 4, 20)
  log.forget(0, 0)
  log.told(0, 0, 5, 4, 30)
  log.told(0, 1, 5, 4, 40)
  log.flush()
  expect(read(lines)).toEqual(['0 0: 5/4@10', '0 0: 5/4@30', '0 1: 5/4@40'])
})

test('what a client was told stands in the file once its connection has ended', () => {
  const { log, lines } = open()
  log.told(0, 0, 5, 4, 10)
  log.forget(1, 0)
  expect(lines).toEqual([])
  log.forget(0, 0)
  expect(read(lines)).toEqual(['0 0: 5/4@10'])
})

test('those who are told otherwise are lines of their own', () => {
  const { log, lines } = open()
  for (const client of [0, 1, 2, 3]) log.told(client, 0, client === 2 ? 3 : 4, 4, 10)
  for (const client of [0, 3]) log.told(client, 0, 3, 3, 20)
  log.flush()
  expect(lines).toEqual([
    ['count-members', 0, [0, 1, 2, 3]],
    ['count', 0, [4, 4, 3, 3], 20, [0, 0, 3, 3]],
    ['count', 0, [4, 4], 20, [1, 1]],
    ['count', 0, [3, 4], 20, [2, 2]],
  ])
})

const step = fc.record({
  client: fc.nat(CLIENTS - 1),
  room: fc.nat(ROOMS - 1),
  count: fc.integer({ min: 0, max: 3 }),
  afterMs: fc.integer({ min: 0, max: 60 }),
  does: fc.constantFrom('told', 'told', 'told', 'told', 'forget', 'flush'),
})

test('gives back to each client what it was told, in order, and at most so much too late', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const { log, lines } = open()
      const known = new Map<string, number>()
      const expected = new Map<string, { count: number; atMs: number }[]>()
      let atMs = 0
      for (const { client, room, count, afterMs, does } of steps) {
        const key = `${client} ${room}`
        atMs += afterMs
        if (does === 'flush') log.flush()
        else if (does === 'forget') {
          log.forget(client, room)
          known.delete(key)
        } else {
          log.told(client, room, count, count + 1, atMs)
          if (known.get(key) !== count) expected.set(key, [...(expected.get(key) ?? []), { count, atMs }])
          known.set(key, count)
        }
      }
      log.flush()
      const given = new Map<string, { count: number; atMs: number }[]>()
      const reader = new CountReader(0, (client, room, told) => {
        const key = `${client} ${room}`
        expect(told.participants).toBe(told.connections + 1)
        given.set(key, [...(given.get(key) ?? []), { count: told.connections, atMs: told.atMs }])
      })
      for (const line of lines) reader.apply(line as CountLine)
      expect([...given.keys()].sort()).toEqual([...expected.keys()].sort())
      for (const [key, told] of expected) {
        const got = given.get(key)!
        expect(got.map(({ count }) => count)).toEqual(told.map(({ count }) => count))
        told.forEach((one, index) => {
          const lateMs = got[index]!.atMs - one.atMs
          expect(lateMs).toBeGreaterThanOrEqual(0)
          expect(lateMs).toBeLessThanOrEqual(COUNT_BURST_MS_MAX)
        })
      }
    }),
    { numRuns: 500 },
  )
})
