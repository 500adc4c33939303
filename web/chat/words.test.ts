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

test('the day before is yesterday until midnight, however long a day is', () => {
  const [endOfMonth, firstOfMonth] = [new Date(2026, 4, 31, 23, 59, 59, 999), new Date(2026, 5, 1)].map(Number) as [
    number,
    number,
  ]
  expect(msUntilTomorrow(endOfMonth)).toBe(1)
  expect(msUntilTomorrow(firstOfMonth)).toBe(DAY_MS)
  expect(dayName(endOfMonth, endOfMonth + msUntilTomorrow(endOfMonth))).toBe('Yesterday')
  // Some places have a day of 25 hours in a year, whose last hour is more than 24 after its first.
  for (let hour = 0; hour < 365 * 24; hour++) {
    const atMs = new Date(2026, 0, 1, hour, 30).getTime()
    expect(dayName(atMs, atMs + msUntilTomorrow(atMs))).toBe('Yesterday')
  }
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
