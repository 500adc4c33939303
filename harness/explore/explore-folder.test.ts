import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunFolderError } from '../run-folder.ts'
import { ExploreFolder, type RunRecord } from './explore-folder.ts'

const ASKED: Parameters<typeof ExploreFolder.open>[1] = {
  seed: null,
  driver: null,
  service: null,
  kinds: ['kill-instance'],
}
const RECORD: RunRecord = {
  number: 3,
  seed: 99,
  faults: ['kill-instance'],
  outcome: { is: 'failed', measures: ['lost'] },
  seconds: 31,
  shrunk: null,
}

let parent: string
let path: string

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tuesday-explore-'))
  path = join(parent, 'explored')
})

afterEach(() => {
  rmSync(parent, { recursive: true })
})

describe('the seed', () => {
  test('is the one that was asked for, or drawn', () => {
    expect(ExploreFolder.open(path, { ...ASKED, seed: 7 }, 42).identity.seed).toBe(7)
    expect(ExploreFolder.open(join(parent, 'other'), ASKED, 42).identity.seed).toBe(42)
  })

  test('of a folder that is gone on with is its own', () => {
    ExploreFolder.open(path, { ...ASKED, seed: 7 }, 42)
    expect(ExploreFolder.open(path, ASKED, 42).identity.seed).toBe(7)
  })
})

describe('what has run', () => {
  test('is there again, the last word about each run', () => {
    const folder = ExploreFolder.open(path, ASKED, 7)
    folder.save({ ...RECORD, number: 1, outcome: { is: 'passed' } })
    folder.save(RECORD)
    const shrunk = { ...RECORD, seconds: 32 }
    folder.save(shrunk)
    expect(folder.record(3)).toEqual(shrunk)
    const again = ExploreFolder.open(path, ASKED, 7)
    expect(again.record(1)).toMatchObject({ outcome: { is: 'passed' } })
    expect(again.record(2)).toBeNull()
    expect(again.record(3)).toEqual(shrunk)
  })

  test('leaves out a line that was not written to its end', () => {
    ExploreFolder.open(path, ASKED, 7).save(RECORD)
    appendFileSync(join(path, 'runs.jsonl'), JSON.stringify({ ...RECORD, number: 4 }).slice(0, 30))
    const again = ExploreFolder.open(path, ASKED, 7)
    expect(again.record(3)).toEqual(RECORD)
    expect(again.record(4)).toBeNull()
  })

  test('goes on in a line of its own after such a line', () => {
    ExploreFolder.open(path, ASKED, 7)
    appendFileSync(join(path, 'runs.jsonl'), '{"number":4,"se')
    ExploreFolder.open(path, ASKED, 7).save(RECORD)
    expect(ExploreFolder.open(path, ASKED, 7).record(3)).toEqual(RECORD)
  })

  test('has folders that are empty at first, whatever an attempt before has left', () => {
    const folder = ExploreFolder.open(path, ASKED, 7)
    const run = folder.runFolder(3)
    mkdirSync(run)
    writeFileSync(join(run, 'plan.json'), '{}')
    expect(folder.runFolder(3)).toBe(run)
    expect(existsSync(run)).toBe(false)
  })
})

describe('what cannot be used is told in a sentence', () => {
  const messageOf = (changes: object = {}) => {
    try {
      ExploreFolder.open(path, { ...ASKED, ...changes }, 7)
    } catch (error) {
      expect(error).toBeInstanceOf(RunFolderError)
      return (error as Error).message
    }
    throw new Error('it was opened')
  }

  test.each([
    [{ seed: 8 }, 'seed 7'],
    [{ driver: 'docker' }, 'driver null'],
    [{ service: '/mutant' }, 'service null'],
    [{ kinds: ['stop-instance'] }, 'kinds ["kill-instance"]'],
  ])('another exploration: %j', (changes, part) => {
    ExploreFolder.open(path, { ...ASKED, seed: 7 }, 7)
    expect(messageOf(changes)).toContain(part)
  })

  test('a folder with something else in it, which stays as it was', () => {
    mkdirSync(path)
    writeFileSync(join(path, 'letter.txt'), 'dear')
    expect(messageOf()).toContain('new or empty folder')
    expect(readFileSync(join(path, 'letter.txt'), 'utf8')).toBe('dear')
    expect(existsSync(join(path, 'explore.json'))).toBe(false)
  })

  test('a file, or a place beneath one', () => {
    writeFileSync(path, '')
    expect(messageOf()).toContain('new or empty folder')
    path = join(path, 'beneath')
    expect(messageOf()).toContain('a file in the way')
  })

  test('a damaged folder', () => {
    mkdirSync(path)
    writeFileSync(join(path, 'explore.json'), '{')
    expect(messageOf()).toContain('is damaged')
  })
})
