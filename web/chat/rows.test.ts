import { expect, test } from 'vitest'
import { GROUP_MS_MAX, rowsOf } from './rows.ts'
import type { DeliveredEntry, Entry } from './timeline.ts'

const NOON = new Date(2026, 5, 10, 12).getTime()
const DAY_MS = 24 * 3_600_000

function message(seq: number, from: string, atMs: number): DeliveredEntry {
  const fixed = { kind: 'message', text: 'text', state: 'received', failure: null } as const
  return { ...fixed, key: `e ${seq}`, id: `s.1/${seq}`, position: { epoch: 'e', seq }, from, atMs }
}

function lines(entries: readonly Entry[], unreadAfterSeq: number | null = null): string[] {
  const unreadAfter = unreadAfterSeq === null ? null : { epoch: 'e', seq: unreadAfterSeq }
  return rowsOf({ entries, pending: [], unreadAfter }).map(row => {
    if (row.kind !== 'message') return row.kind
    return `${row.isFirstOfGroup ? '+' : ' '}${row.message.from}`
  })
}

test('a day begins with its name, and a group with its sender', () => {
  const entries = [
    message(1, 'ann', NOON),
    message(2, 'ann', NOON + 1000),
    message(3, 'bob', NOON + 2000),
    message(4, 'bob', NOON + 2000 + GROUP_MS_MAX + 1),
    message(5, 'bob', NOON + DAY_MS),
  ]
  expect(lines(entries)).toEqual(['day', '+ann', ' ann', '+bob', '+bob', 'day', '+bob'])
})

test('midnight parts two messages a second apart', () => {
  const midnight = new Date(2026, 5, 11).getTime()
  expect(lines([message(1, 'ann', midnight - 500), message(2, 'ann', midnight + 500)])).toEqual([
    'day',
    '+ann',
    'day',
    '+ann',
  ])
})

test('the line stands once, before the first message behind what was read', () => {
  const entries = [1, 2, 3].map(seq => message(seq, 'ann', NOON))
  expect(lines(entries, 1)).toEqual(['day', '+ann', 'unread', '+ann', ' ann'])
  expect(lines(entries, 3)).toEqual(['day', '+ann', ' ann', ' ann'])
})

test('a gap ends a group', () => {
  const gap = { after: { epoch: 'e', seq: 1 }, next: { epoch: 'e', seq: 5 }, reason: 'trimmed' } as const
  expect(lines([message(1, 'ann', NOON), { kind: 'gap', key: 'g', ...gap }, message(5, 'ann', NOON)])).toEqual([
    'day',
    '+ann',
    'gap',
    '+ann',
  ])
})

test('keys are unique, so that rows keep their elements', () => {
  const entries = [message(1, 'ann', NOON), message(2, 'ann', NOON + DAY_MS)]
  const keys = rowsOf({ entries, pending: [], unreadAfter: { epoch: 'e', seq: 0 } }).map(row => row.key)
  expect(new Set(keys).size).toBe(keys.length)
})
