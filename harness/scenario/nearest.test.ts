import { describe, expect, test } from 'vitest'
import { editDistance, nearest, suggestion } from './nearest.ts'

describe('editDistance', () => {
  test.each([
    ['smoke', 'smoke', 0],
    ['smok', 'smoke', 1],
    ['somke', 'smoke', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
  ])('%s to %s is %i', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
  })
})

describe('nearest', () => {
  const names = ['kill-instance', 'rolling-restart', 'smoke', 'steady']

  test.each([
    ['smok', 'smoke'],
    ['Smoke', 'smoke'],
    ['kil-instanse', 'kill-instance'],
    ['stedy', 'steady'],
  ])('%s is near %s', (written, meant) => {
    expect(nearest(written, names)).toBe(meant)
  })

  test('nothing is near a name of other letters', () => {
    expect(nearest('partition', names)).toBeNull()
    expect(nearest('x', ['a', 'no'])).toBeNull()
    expect(suggestion('partition', names)).toBe('')
  })
})
