import { expect, test } from 'vitest'
import { UsageError } from './command-flags.ts'
import { parseRuns } from './runs-command.ts'

const parse = (line: string) => parseRuns(line === '' ? [] : line.split(' '))
const ON_RUNS = { command: 'runs', within: null, isJson: false }

test.each([
  ['', { ...ON_RUNS, do: 'list' }],
  ['--json --in artifacts', { command: 'runs', within: 'artifacts', isJson: true, do: 'list' }],
  ['--keep 20', { ...ON_RUNS, do: 'prune', keep: 20 }],
  ['open', { ...ON_RUNS, do: 'open', which: null }],
  ['open 3', { ...ON_RUNS, do: 'open', which: '3' }],
])('runs %s', (line, expected) => {
  expect(parse(line)).toEqual(expected)
})

test.each([
  ['--keep 0', '--keep: found "0"; allowed is a whole number'],
  ['--keep -1', '--keep'],
  ['--keep 2.5', 'found "2.5"'],
  ['--keep all', 'found "all"'],
  ['--keep', '--keep needs a value'],
  ['opne', 'runs: found "opne"; allowed is nothing, or open and a run. Did you mean "open"?'],
  ['open 1 2', 'found "2" after "1"'],
  ['open --keep 3', '--keep: found beside open'],
  ['--kep 3', '--kep is not a flag. Did you mean "--keep"?'],
])('runs %s is refused: %s', (line, expected) => {
  expect(() => parse(line)).toThrow(UsageError)
  expect(() => parse(line)).toThrow(expected)
})

test('tells what it does', () => {
  expect(parse('--help')).toMatchObject({
    command: 'help',
    text: expect.stringMatching(/--keep <number>.*\n.*--in <folder>/),
  })
})
