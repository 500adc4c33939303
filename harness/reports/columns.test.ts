import { expect, test } from 'vitest'
import { alignColumns } from './columns.ts'

test('columns line up, on the side that was asked for', () => {
  const rows = [
    ['lost', '0', 'x'],
    ['duplicated', '12,000', ''],
  ]
  expect(alignColumns(rows, ['left', 'right'])).toEqual(['lost             0  x', 'duplicated  12,000'])
})

test('colours take no room', () => {
  const [first, second] = alignColumns([
    ['\x1b[32m✓\x1b[0m', 'a'],
    ['--', 'b'],
  ])
  expect(first).toBe('\x1b[32m✓\x1b[0m   a')
  expect(second).toBe('--  b')
})
