import { expect, test } from 'vitest'
import { parseBench } from './command-line.ts'

test('the full form has five rounds, the quick one three', () => {
  expect(parseBench([])).toEqual({ form: 'full', only: null, rounds: 5 })
  expect(parseBench(['--quick', '--only', 'fan-out'])).toEqual({ form: 'quick', only: 'fan-out', rounds: 3 })
  expect(parseBench(['--rounds', '7'])?.rounds).toBe(7)
  expect(parseBench(['--help'])).toBeNull()
})

test.each([
  [['--only', 'fanout'], 'found "fanout"; allowed is fan-out, '],
  [['--rounds', '0'], 'found "0"; allowed is a whole number from 1 to 99'],
  [['--rounds', '2.5'], 'found "2.5"'],
  [['--fast'], '--fast'],
  [['quick'], 'quick'],
])('%j is refused with what is allowed', (argv, message) => {
  expect(() => parseBench(argv)).toThrow(message)
})
