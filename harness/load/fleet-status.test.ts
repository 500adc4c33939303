import { expect, test } from 'vitest'
import { areCountsRight } from './fleet-status.ts'
import type { RoomStatus } from './load-messages.ts'

/** One worker's rooms, each as "joined told" or "joined -". */
function worker(...rooms: readonly string[]): { rooms: RoomStatus[] } {
  return {
    rooms: rooms.map((text, room) => {
      const [joined, told] = text.split(' ')
      const countTold = told === '-' ? null : Number(told)
      return { room, members: 9, seqSum: 0, seqMax: 0, joined: Number(joined), countTold }
    }),
  }
}

test.each([
  ['one worker, all told the truth', [worker('3 3', '1 1')], true],
  ['two workers, all told of both', [worker('3 5'), worker('2 5')], true],
  ['told of their own worker alone', [worker('3 3'), worker('2 2')], false],
  ['one worker told too many', [worker('3 5'), worker('2 6')], false],
  ['not all told the same, or nothing', [worker('3 -')], false],
  ['another room wrong', [worker('3 3', '2 1')], false],
  ['nobody there who could be told', [worker('0 -'), worker('2 2')], true],
])('%s', (_, statuses, areRight) => {
  expect(areCountsRight(statuses)).toBe(areRight)
})
