import { describe, expect, it } from 'vitest'
import { claimedNumber, makeText, readText } from './message-text.ts'

describe('message texts', () => {
  it('carry their tag at any length', () => {
    for (const textBytes of [24, 120, 4096]) {
      for (const tag of [
        { number: 0, instance: 0 },
        { number: 299_999, instance: -1 },
        { number: 4_294_967_295, instance: 12 },
      ]) {
        const text = makeText(tag, textBytes)
        expect(text).toHaveLength(textBytes)
        expect(readText(text, textBytes)).toEqual(tag)
      }
    }
  })

  it('are refused when a character was changed, cut, added or mixed with another message', () => {
    const text = makeText({ number: 7, instance: 1 }, 60)
    const other = makeText({ number: 8, instance: 1 }, 60)
    expect(readText(`${text.slice(0, 30)}#${text.slice(31)}`, 60)).toBeNull()
    expect(readText(text.slice(0, -1), 60)).toBeNull()
    expect(readText(`${text}x`, 60)).toBeNull()
    expect(readText(text.slice(0, 30) + other.slice(30), 60)).toBeNull()
    expect(readText('hello', 60)).toBeNull()
  })

  it('tell the number that they claim even when they were changed', () => {
    expect(claimedNumber(`${makeText({ number: 7, instance: 1 }, 60)}x`)).toBe(7)
    expect(claimedNumber('hello')).toBeNull()
  })
})
