import { expect, test } from 'vitest'
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts'

test.each([
  ['a | b', 'a \\| b'],
  ['<script>', '&lt;script&gt;'],
  ['&amp;', '&amp;amp;'],
  ['two\nlines', 'two lines'],
  ['- item', '\\- item'],
  ['1. item', '1\\. item'],
  ['crossInstanceP99Ms 12.5 ms, limit 1,000 ms', 'crossInstanceP99Ms 12.5 ms, limit 1,000 ms'],
  ['\x1b[31mred\x1b[0m', 'red'],
])('%j stands for itself as %j', (text, expected) => {
  expect(escapeMarkdown(text)).toBe(expected)
})

test('a table has its numbers on the right', () => {
  expect(markdownTable(['a', 'b'], [['x', '1']], [1])).toEqual(['| a | b |', '| :-- | --: |', '| x | 1 |'])
})

test('the fence of a block is longer than any in it', () => {
  expect(codeBlock('echo ```` x', 'sh')).toEqual(['`````sh', 'echo ```` x', '`````'])
})
