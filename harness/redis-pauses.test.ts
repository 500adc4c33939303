import { expect, test } from 'vitest'
import { readRedisPauses, sumUpPauses } from './redis-pauses.ts'

const ZERO = 1_700_000_000_400

test('pauses are told by cause, the longest first, with the second that it was in', () => {
  const told = [
    { cause: 'command', pauses: [[1_700_000_003, 25]] as const },
    {
      cause: 'aof-fsync-always',
      pauses: [
        [1_700_000_002, 40],
        [1_700_000_005, 240],
        [1_700_000_006, 60],
      ] as const,
    },
  ]
  expect(sumUpPauses(told, ZERO)).toEqual([
    { cause: 'aof-fsync-always', seconds: 3, longestMs: 240, longestAtMs: 4_600 },
    { cause: 'command', seconds: 1, longestMs: 25, longestAtMs: 2_600 },
  ])
})

test('what was over before the load is left out; the second in which it began is not', () => {
  const pauses = [
    [1_699_999_999, 900],
    [1_700_000_000, 30],
  ] as const
  expect(sumUpPauses([{ cause: 'fork', pauses }], ZERO)).toEqual([
    { cause: 'fork', seconds: 1, longestMs: 30, longestAtMs: 0 },
  ])
  expect(sumUpPauses([{ cause: 'fork', pauses: pauses.slice(0, 1) }], ZERO)).toEqual([])
})

test('a Redis that does not answer tells nothing', async () => {
  expect(await readRedisPauses('redis://127.0.0.1:1', 1000)).toBeNull()
})
