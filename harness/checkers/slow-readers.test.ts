import { expect, test } from 'vitest'
import { CLOSE_CODES } from '../../service/protocol.ts'
import type { ConnectionRecord } from '../ledger/ledger.ts'
import { type FaultSketch, history } from './history.ts'
import { checkSlowReaders, SLOW_READER_CODE } from './slow-readers.ts'

const HELD = { kind: 'slow-readers' as 'kill-instance', target: 'clients', firedAtMs: 3_000, healedAtMs: 8_000 }
type Close = readonly [atMs: number, code: number | null]

/** Bob, on chat-2, loses one connection after the other. */
function judge(closes: readonly Close[], faults: readonly FaultSketch[] = [HELD]) {
  const connections = [...closes, [null, null] as const].map(([closedAtMs, closeCode], index): ConnectionRecord => {
    const openedAtMs = index === 0 ? -900 : closes[index - 1]![0] + 10
    return { instance: 1, openedAtMs, closedAtMs, closeCode, draining: false, firstCrossAtMs: null }
  })
  const { run, phases } = history({ clients: { ann: '', bob: { streams: { lobby: '' }, connections } }, faults })
  return checkSlowReaders(run, phases)
}

test('the code is that of the service', () => {
  expect(SLOW_READER_CODE).toBe(CLOSE_CODES.slowReader.code)
})

test('accepts that slow readers are closed with their code', () => {
  expect(judge([[4_000, SLOW_READER_CODE]])).toMatchObject({
    slowReadersWithoutCode: { count: 0 },
    closed: 1,
  })
})

test.each([
  [1006, 'closed with 1006, not with 4409'],
  [1012, 'closed with 1012, not with 4409'],
  [null, 'closed with no code, not with 4409'],
])('rejects a close with %s', (code, what) => {
  const { slowReadersWithoutCode } = judge([
    [4_000, SLOW_READER_CODE],
    [5_000, code],
  ])
  expect(slowReadersWithoutCode.count).toBe(1)
  expect(slowReadersWithoutCode.examples[0]).toMatchObject({
    what,
    client: 'bob',
    instance: 'chat-2',
    connection: 1,
    fault: 'slow-readers clients',
  })
})

test('a client that goes elsewhere by itself is not one that was closed', () => {
  expect(
    judge([
      [4_000, SLOW_READER_CODE],
      [5_000, CLOSE_CODES.goingAway.code],
    ]),
  ).toMatchObject({
    slowReadersWithoutCode: { count: 0 },
    closed: 1,
  })
})

test('closes before the fault are not its own; those soon after it are, since all has to be read before them', () => {
  expect(judge([[2_900, 1006]]).closed).toBe(0)
  expect(judge([[12_900, SLOW_READER_CODE]])).toMatchObject({ closed: 1 })
  expect(judge([[12_900, 1006]]).slowReadersWithoutCode.count).toBe(2)
  expect(judge([[13_100, 1006]]).closed).toBe(0)
})

test('rejects a fault by which nobody was closed with the code: there is no cap, or nothing reached it', () => {
  expect(judge([]).slowReadersWithoutCode.count).toBe(1)
  expect(judge([]).slowReadersWithoutCode.examples[0]!.what).toContain('nobody was closed with 4409')
  expect(judge([[4_000, 1006]]).slowReadersWithoutCode.count).toBe(2)
})

test('a fault that did not fire, or of another kind, is not looked at', () => {
  const nothing = { slowReadersWithoutCode: { count: 0 }, closed: 0 }
  expect(judge([[4_000, 1006]], [{ ...HELD, firedAtMs: null, healedAtMs: null }])).toMatchObject(nothing)
  expect(judge([[4_000, 1006]], [{ ...HELD, kind: 'kill-instance' }])).toMatchObject(nothing)
})

test('a connection counts once, however many such faults it closed in', () => {
  const found = judge([[4_000, 1006]], [HELD, { ...HELD, target: 'chat-2' }])
  // And each of the faults had closed nobody as it should.
  expect(found).toMatchObject({ slowReadersWithoutCode: { count: 1 + 2 }, closed: 1 })
  const right = judge([[4_000, SLOW_READER_CODE]], [HELD, HELD])
  expect(right).toMatchObject({ slowReadersWithoutCode: { count: 0 }, closed: 1 })
})

test('who is closed by another fault on the same instance is no slow reader', () => {
  const kill = { target: 'chat-2', firedAtMs: 3_900, healedAtMs: 5_000 }
  const closes: Close[] = [
    [3_500, SLOW_READER_CODE],
    [4_000, 1006],
  ]
  expect(judge(closes, [HELD, kill])).toMatchObject({ slowReadersWithoutCode: { count: 0 }, closed: 1 })
  expect(judge(closes, [HELD, { ...kill, target: 'chat-1' }]).slowReadersWithoutCode.count).toBe(1)
})

test('only connections to the instances of the target', () => {
  expect(judge([[4_000, 1006]], [{ ...HELD, target: 'chat-1' }]).closed).toBe(0)
  expect(judge([[4_000, 1006]], [{ ...HELD, target: 'chat-2' }]).closed).toBe(1)
})
