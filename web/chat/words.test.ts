import { expect, test } from 'vitest'
import { dayName, gapText, initials, pageTitle, sentence } from './words.ts'

const NOW = new Date(2026, 5, 10, 12).getTime()
const DAY_MS = 86_400_000

test('days are named as people do', () => {
  const [today, yesterday, before] = [0, 1, 2].map(days => dayName(NOW - days * DAY_MS, NOW))
  expect([today, yesterday]).toEqual(['Today', 'Yesterday'])
  // With or without a comma, by the version of the browser's tables.
  expect(before).toMatch(/^Monday,? 8 June 2026$/)
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
