import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatResult } from '../reports/result.ts'
import { RunFolderError } from '../run-folder.ts'
import { sampleRun } from './sample-runs.ts'
import { openSide } from './side.ts'

let runs: string

beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tuesday-sides-'))
})

afterEach(() => rmSync(runs, { recursive: true }))

function save(name: string, text = formatResult(sampleRun())): string {
  const folder = join(runs, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'result.json'), text)
  return folder
}

const messageOf = (written: string): string => {
  try {
    openSide(written, runs)
  } catch (error) {
    expect(error).toBeInstanceOf(RunFolderError)
    return (error as Error).message
  }
  throw new Error(`"${written}" was opened`)
}

describe('a side is found', () => {
  test('by its folder, with the result alone', () => {
    const folder = save('a')
    const side = openSide(folder, '/nowhere')
    expect(side).toMatchObject({ path: folder, isGroup: false, runs: [{ path: folder, scenario: null, curves: null }] })
    expect(side.runs[0]!.result).toMatchObject({ scenario: 'sketch', verdict: 'pass' })
  })

  test('by its name under runs, and by a link', () => {
    const folder = save('2026-11-28T10-00-00Z-smoke')
    symlinkSync('2026-11-28T10-00-00Z-smoke', join(runs, 'latest'))
    expect(openSide('2026-11-28T10-00-00Z-smoke', runs).path).toBe(folder)
    expect(openSide('latest', runs).path).toBe(folder)
  })

  test('by its number, newest first, where what has no runs does not count', () => {
    const [old, fresh] = [save('2026-11-27T10-00-00Z-smoke'), save('2026-11-28T10-00-00Z-smoke')]
    mkdirSync(join(runs, 'mutants'))
    symlinkSync('2026-11-28T10-00-00Z-smoke', join(runs, 'latest'))
    expect(openSide('1', runs).path).toBe(fresh)
    expect(openSide('2', runs).path).toBe(old)
    expect(messageOf('3')).toMatch(/up to 2/)
  })

  test('by its scenario, the newest', () => {
    for (const name of ['2026-11-27T10-00-00Z-smoke', '2026-11-28T10-00-00Z-smoke', '2026-11-29T10-00-00Z-steady']) {
      save(name, formatResult({ ...sampleRun(), scenario: name.replace(/^.*Z-/, '') }))
    }
    expect(openSide('smoke', runs).path).toBe(join(runs, '2026-11-28T10-00-00Z-smoke'))
  })

  test('as a group, run 10 after run 2', () => {
    for (const number of [1, 10, 2]) save(`group/${number}`)
    const side = openSide('group', runs)
    expect(side.isGroup).toBe(true)
    expect(side.runs.map(({ path }) => path)).toEqual([1, 2, 10].map(number => join(runs, 'group', `${number}`)))
  })
})

describe('what cannot be opened says what to do', () => {
  test('no such folder', () => {
    save('2026-11-28T10-00-00Z-smoke')
    expect(messageOf('2026-11-28T10-00-00Z-smok')).toMatch(/Did you mean "2026-11-28T10-00-00Z-smoke"\?.*number/)
  })

  test('a folder without a result', () => {
    mkdirSync(join(runs, 'empty'))
    expect(messageOf('empty')).toMatch(/expected result\.json.*npm run check/)
  })

  test.each([
    ['half a file', '{"schema": 1,', /damaged: expected JSON/],
    ['no object', '[]', /expected an object/],
    ['another schema', '{"schema": 2}', /expected "schema": 1, found 2.*npm run check/],
    ['no counts', '{"schema": 1}', /expected "counts"/],
  ])('%s', (_, text, message) => {
    save('bad', text)
    expect(messageOf('bad')).toMatch(message)
  })
})
