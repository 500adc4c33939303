import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dayName, gapText, initials, msUntilTomorrow, pageTitle, sentence } from './words.ts'

const NOW = new Date(2026, 5, 10, 12).getTime()
const DAY_MS = 86_400_000

test('days are named as people do', () => {
  const [today, yesterday, before] = [0, 1, 2].map(days => dayName(NOW - days * DAY_MS, NOW))
  expect([today, yesterday]).toEqual(['Today', 'Yesterday'])
  // With or without a comma, by the version of the browser's tables.
  expect(before).toMatch(/^Monday,? 8 June 2026$/)
})

test('midnight is the end of a day', () => {
  const [endOfMonth, firstOfMonth] = [new Date(2026, 4, 31, 23, 59, 59, 999).getTime(), new Date(2026, 5, 1).getTime()]
  expect(msUntilTomorrow(endOfMonth)).toBe(1)
  expect(msUntilTomorrow(firstOfMonth)).toBe(DAY_MS)
  expect(dayName(endOfMonth, firstOfMonth)).toBe('Yesterday')
})

test('a day of 23 or 25 hours is yesterday from the next midnight on, and the day before it is not', () => {
  // A process takes its time zone when it starts. Clocks change there on 29 March and 25 October 2026.
  const script = `
    import { dayName, msUntilTomorrow } from ${JSON.stringify(join(import.meta.dirname, 'words.ts'))}
    for (const [month, day] of [[2, 29], [9, 25]]) {
      const noon = new Date(2026, month, day, 12).getTime()
      const midnight = noon + msUntilTomorrow(noon)
      const hours = msUntilTomorrow(new Date(2026, month, day).getTime()) / 3_600_000
      console.log(hours, dayName(noon, midnight), dayName(new Date(2026, month, day - 1, 23, 59).getTime(), midnight).split(/,? /)[0])
    }
  `
  const told = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TZ: 'Europe/Berlin' },
    encoding: 'utf8',
  })
  expect(told).toBe('23 Yesterday Saturday\n25 Yesterday Saturday\n')
})

test('a sentence ends once', () => {
  expect(['gone', 'Gone.', 'Gone!'].map(sentence)).toEqual(['gone.', 'Gone.', 'Gone!'])
})

test('the title begins with what is unread', () => {
  expect(pageTitle('lobby', 0)).toBe('lobby · Tuesday')
  expect(pageTitle('lobby', 3)).toBe('(3) lobby · Tuesday')
  expect(pageTitle(null, 1000)).toBe('(99+) Tuesday')
})

test.each([
  ['ann', 'A'],
  ['ann.bee~c', 'AB'],
  ['guest~ann', 'A'],
  ['9lives', '9'],
])('initials of %s', (name, expected) => {
  expect(initials(name)).toBe(expected)
})

test('a gap tells how many messages are missing where that is known', () => {
  const at = (epoch: string, seq: number) => ({ epoch, seq })
  expect(gapText({ after: at('e', 4), next: at('e', 9), reason: 'trimmed' })).toMatch('4 messages are missing here')
  expect(gapText({ after: at('e', 4), next: at('e', 6), reason: 'trimmed' })).toMatch('1 message is missing here')
  expect(gapText({ after: at('e', 4), next: at('f', 3), reason: 'epoch-lost' })).toMatch('may be missing')
})
