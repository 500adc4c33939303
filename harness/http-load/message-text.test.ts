import { expect, test } from 'vitest'
import { readText, writeText } from './message-text.ts'

test('a text tells its number and has its length', () => {
  for (const number of [0, 7, 123_456]) {
    const text = writeText(number, 40)
    expect(Buffer.byteLength(text)).toBe(40)
    expect(readText(text, 40)).toBe(number)
  }
})

test('what was changed on the way, or is of somebody else, is no such text', () => {
  const text = writeText(7, 40)
  for (const other of [text.slice(1), text.slice(0, -1), `${text}.`, text.replace('7', '07'), 'http 7', '', 'hello']) {
    expect(readText(other, 40)).toBe(-1)
  }
})
