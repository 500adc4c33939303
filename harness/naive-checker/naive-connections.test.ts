import { describe, expect, it } from 'vitest'
import type { FaultRecord } from '../ledger/ledger.ts'
import type { RawRecord } from './raw-record.ts'
import { CLEAN, CLEAN_COUNTS, closed, countsOf, opened, stop } from './test-records.ts'

/** Client 0 loses its connection to chat-1 and comes back 10 ms later. */
function back(atMs: number, code = 1006): RawRecord[] {
  return [closed(0, code, atMs - 10), opened(0, 0, atMs)]
}

it('every try to connect that came to nothing counts, whenever it was', () => {
  const failed = (client: number, atMs: number) => ['connect-failed', client, -1, 'ECONNREFUSED', atMs] as const
  expect(countsOf([failed(0, -500), failed(1, 50), failed(1, 51), ...CLEAN])).toEqual({
    ...CLEAN_COUNTS,
    connectsFailed: 3,
  })
})

describe('reconnectsPerSecondMax', () => {
  const most = (...records: RawRecord[]) =>
    countsOf([...CLEAN, ...records], { run: { rollCallAtMs: 9_000 } }).reconnectsPerSecondMax

  it('counts the busiest second of the clock', () => {
    expect(countsOf([...CLEAN, ...back(50)])).toEqual({ ...CLEAN_COUNTS, reconnectsPerSecondMax: 1 })
    expect(most(...back(1_100), ...back(1_900), ...back(2_050))).toBe(2)
    expect(most(...back(1_900), ...back(2_100))).toBe(1)
  })

  it('counts over all clients', () => {
    expect(most(...back(1_100), closed(1, 1006, 1_200), opened(1, 1, 1_300))).toBe(2)
  })

  it('leaves out going home before the roll call, and nothing else', () => {
    const home: RawRecord = ['went-home', 0, 5_000]
    expect(most(home, ...back(5_100))).toBe(0)
    expect(most(home, ...back(5_100), ...back(5_200))).toBe(1)
    expect(most(...back(4_900), home, ...back(5_100))).toBe(1)
    expect(most(home, ...back(9_100))).toBe(1)
  })
})

describe('slowReadersWithoutCode', () => {
  const held: FaultRecord = stop(null, { kind: 'slow-readers', target: 'chat-1', firedAtMs: 2_000, healedAtMs: 3_000 })
  const found = (records: readonly RawRecord[], faults: readonly FaultRecord[] = [held]) =>
    countsOf([...CLEAN, ...records], { run: { faults } }).slowReadersWithoutCode

  it.each([
    ['before', 1_999, false],
    ['when it began', 2_000, true],
    ['5 s after it', 8_000, true],
    ['later', 8_001, false],
  ])('counts a close without the code %s, and that nobody was closed with it', (_, atMs, isWithin) => {
    expect(found(back(atMs + 10))).toBe(isWithin ? 2 : 1)
    expect(found(back(atMs + 10, 4409))).toBe(isWithin ? 0 : 1)
  })

  it('leaves out clients that went by themselves', () => {
    expect(found([...back(2_500, 4409), ...back(2_700, 1001)])).toBe(0)
    expect(found([...back(2_500, 4409), ...back(2_700, 1012)])).toBe(1)
  })

  it('counts a connection once, and none of other instances', () => {
    expect(found(back(2_500), [held, held])).toBe(1 + 2)
    expect(found(back(2_500), [{ ...held, target: 'chat-2' }])).toBe(0 + 1)
    expect(found(back(2_500), [{ ...held, target: 'clients' }])).toBe(1 + 1)
    expect(found(back(2_500), [{ ...held, firedAtMs: null, effectAtMs: null }])).toBe(0)
  })

  it('leaves out those to an instance that another fault hit', () => {
    const kill = stop(null, { kind: 'kill-instance', target: 'chat-1', firedAtMs: 2_400, healedAtMs: 2_600 })
    expect(found(back(2_500), [held, kill])).toBe(0 + 1)
    expect(found(back(2_300), [held, kill])).toBe(1 + 1)
    expect(found(back(2_500), [held, { ...kill, target: 'chat-2' }])).toBe(1 + 1)
  })
})
