import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MutantRun } from './mutant-run.ts'
import { RunMemory } from './run-memory.ts'

const FAIL: MutantRun = { verdict: 'fail', broken: ['lost'], because: [], seconds: 20 }
const INVALID: MutantRun = { verdict: 'invalid', broken: [], because: ['the generator could not keep up'], seconds: 21 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-mutants-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('remembers what has run, beyond its own end, and of several runs the last', () => {
  const path = join(folder, 'runs', 'abc1234.jsonl')
  const memory = new RunMemory(path)
  expect([...memory.runs]).toEqual([])
  memory.add('drops', INVALID)
  memory.add('swaps', INVALID)
  memory.add('drops', FAIL)
  const expected = [
    ['drops', FAIL],
    ['swaps', INVALID],
  ]
  expect([...memory.runs]).toEqual(expected)
  expect([...new RunMemory(path).runs]).toEqual(expected)
})

it('forgets what is to be run once more', () => {
  const memory = new RunMemory(join(folder, 'abc1234.jsonl'))
  memory.add('drops', INVALID)
  memory.forget('drops')
  expect(memory.runs.has('drops')).toBe(false)
})
