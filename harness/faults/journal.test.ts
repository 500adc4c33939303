import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeJournal, Journal, type JournalLine } from './journal.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-journal-'))
  path = join(folder, 'journal.jsonl')
})

afterEach(() => rmSync(folder, { recursive: true }))

const begun = (fault: number, target: string): JournalLine & { is: 'injecting' } => ({
  is: 'injecting',
  fault,
  kind: 'pause-instance',
  target,
  undo: `let ${target} go on`,
})

function writeAll(...lines: JournalLine[]): void {
  using journal = new Journal(path)
  for (const line of lines) journal.write(line)
}

const linesOf = () =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)

test('what was open is told once, and is over then', () => {
  writeAll(begun(0, 'chat-1'), begun(1, 'chat-2'), { is: 'healed', fault: 0 }, begun(2, 'chat-3'))
  expect(closeJournal(path)).toEqual([begun(1, 'chat-2'), begun(2, 'chat-3')])
  expect(linesOf().slice(-2)).toEqual([
    { is: 'healed', fault: 1, by: 'clearing-away' },
    { is: 'healed', fault: 2, by: 'clearing-away' },
  ])
  expect(closeJournal(path)).toEqual([])
})

test('a journal in which everything has healed is not touched', () => {
  writeAll(begun(0, 'chat-1'), { is: 'healed', fault: 0 })
  const before = readFileSync(path, 'utf8')
  expect(closeJournal(path)).toEqual([])
  expect(readFileSync(path, 'utf8')).toBe(before)
})

test('a line that the kill has cut off was no fault yet, and spoils nothing', () => {
  writeAll(begun(0, 'chat-1'))
  appendFileSync(path, '{"is":"injecting","fault":1,"ki')
  expect(closeJournal(path)).toEqual([begun(0, 'chat-1')])
  expect(readFileSync(path, 'utf8').split('\n').at(-2)).toBe('{"is":"healed","fault":0,"by":"clearing-away"}')
  expect(closeJournal(path)).toEqual([])
})

test('a journal that is gone, empty or of something else has nothing open', () => {
  expect(closeJournal(path)).toEqual([])
  writeFileSync(path, '')
  expect(closeJournal(path)).toEqual([])
  writeFileSync(path, 'null\n7\n"x"\n')
  expect(closeJournal(path)).toEqual([])
})
