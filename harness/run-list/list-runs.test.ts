import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatOwner, thisProcess } from '../cluster/owner.ts'
import { formatResult, type RunResult } from '../reports/result.ts'
import { SAMPLE_RUNS, WITHOUT_LOAD } from '../reports/sample-runs.ts'
import { OWNER_FILE, RunFolderError } from '../run-folder.ts'
import { findRun, listRuns, pruneRuns, reportOf } from './list-runs.ts'

let within: string
/** A process of long ago on this machine. */
const GONE = formatOwner({ ...thisProcess(), startTime: '1' })

beforeEach(() => {
  within = mkdtempSync(join(tmpdir(), 'tuesday-runs-'))
})
afterEach(() => rmSync(within, { recursive: true, force: true }))

function addRun(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(within, name)
  mkdirSync(join(folder, 'ledger'), { recursive: true })
  writeFileSync(join(folder, 'plan.json'), '{}')
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

function addJudged(name: string, verdict: RunResult['verdict'], startedAt: string): string {
  const result = { ...SAMPLE_RUNS[verdict], scenario: name.replace(/^.*Z-/, ''), startedAt }
  return addRun(name, { 'result.json': formatResult(result), 'summary.md': '', [OWNER_FILE]: GONE })
}

function addThree(): void {
  addJudged('2026-11-24T08-00-00Z-smoke', 'pass', '2026-11-24T08:00:00.000Z')
  addJudged('2026-11-25T08-00-00Z-smoke', 'fail', '2026-11-25T08:00:00.000Z')
  addJudged('2026-11-26T08-00-00Z-steady', 'invalid', '2026-11-26T08:00:00.000Z')
}

describe('the list of runs', () => {
  it('is newest first, with what broke', () => {
    addThree()
    expect(listRuns(within)).toMatchObject([
      {
        scenario: 'steady',
        verdict: 'invalid',
        state: 'judged',
        because: [expect.stringContaining('crossInstanceP999Ms')],
      },
      {
        scenario: 'smoke',
        verdict: 'fail',
        because: expect.arrayContaining(['lost 2, limit 0']),
        durationSeconds: 21.25,
      },
      { scenario: 'smoke', verdict: 'pass', because: [], driver: 'process', startedAt: '2026-11-24T08:00:00.000Z' },
    ])
  })

  it('says of a pass without a load what it is about', () => {
    addRun('2026-11-24T08-00-00Z-smoke', { 'result.json': formatResult(WITHOUT_LOAD), [OWNER_FILE]: GONE })
    expect(listRuns(within)).toMatchObject([{ verdict: 'pass', because: ['faults and service only'] }])
  })

  it('tells runs without a result: going on, interrupted, or not judged', () => {
    addRun('2026-11-24T08-00-00Z-a', { [OWNER_FILE]: formatOwner(thisProcess()) })
    addRun('2026-11-24T08-00-01Z-b', { [OWNER_FILE]: GONE })
    addRun('2026-11-24T08-00-02Z-c', { 'facts.json': '{}', 'ledger/run.json': '{}' })
    expect(listRuns(within)).toMatchObject([
      { scenario: 'c', state: 'unfinished', because: ['not judged; npm run check judges it'] },
      { scenario: 'b', state: 'unfinished', because: ['interrupted before its end'] },
      { scenario: 'a', state: 'running', because: [], verdict: null, startedAt: '2026-11-24T08:00:00.000Z' },
    ])
  })

  it.each(['', '{', '[]', 'null', '{}', '{"verdict":"pass"}', '{"verdict":"toString"}'])(
    'tells a result of %j as damaged',
    text => {
      addRun('2026-11-24T08-00-00Z-a', { 'result.json': text })
      expect(listRuns(within)).toMatchObject([
        { state: 'damaged', verdict: null, because: [expect.stringContaining('result.json')] },
      ])
    },
  )

  it('takes the time of a folder with a name of its own from the result, or from the file system', () => {
    addJudged('mine', 'pass', '2026-11-24T08:00:00.000Z')
    addRun('other')
    const [other, mine] = listRuns(within)
    expect(mine).toMatchObject({ name: 'mine', startedAt: '2026-11-24T08:00:00.000Z' })
    expect(other).toMatchObject({ name: 'other', scenario: 'other' })
    expect(Math.abs(Date.parse(other!.startedAt) - Date.now())).toBeLessThan(60_000)
  })

  it('leaves out what is no run, and the link to the newest', () => {
    addThree()
    mkdirSync(join(within, '2026-11-24T08-00-00Z-explore', 'runs'), { recursive: true })
    writeFileSync(join(within, 'notes.txt'), '')
    symlinkSync('2026-11-26T08-00-00Z-steady', join(within, 'latest'))
    expect(listRuns(within)).toHaveLength(3)
    expect(listRuns(join(within, 'no-such-folder'))).toEqual([])
    expect(() => listRuns(join(within, 'notes.txt'))).toThrow(RunFolderError)
  })
})

describe('pruning', () => {
  it('removes all but the newest', () => {
    addThree()
    const { removed, keptCount } = pruneRuns(within, 1)
    expect(removed.map(({ name }) => name)).toEqual(['2026-11-25T08-00-00Z-smoke', '2026-11-24T08-00-00Z-smoke'])
    expect(keptCount).toBe(1)
    expect(readdirSync(within)).toEqual(['2026-11-26T08-00-00Z-steady'])
  })

  it('never removes one that is going on, or what is no run', () => {
    addThree()
    const running = addRun('2026-11-20T08-00-00Z-old', { [OWNER_FILE]: formatOwner(thisProcess()) })
    const elsewhere = addRun('2026-11-19T08-00-00Z-old', { [OWNER_FILE]: '0123456789ab.7.123' })
    mkdirSync(join(within, 'full'))
    expect(pruneRuns(within, 1).running.map(({ folder }) => folder)).toEqual([running, elsewhere])
    expect(existsSync(running)).toBe(true)
    expect(readdirSync(within).sort()).toEqual([
      '2026-11-19T08-00-00Z-old',
      '2026-11-20T08-00-00Z-old',
      '2026-11-26T08-00-00Z-steady',
      'full',
    ])
  })

  it('follows no link, and removes one that leads nowhere any more', () => {
    addThree()
    const elsewhere = mkdtempSync(join(tmpdir(), 'tuesday-elsewhere-'))
    writeFileSync(join(elsewhere, 'plan.json'), '{}')
    symlinkSync(elsewhere, join(within, '2026-11-01T08-00-00Z-linked'))
    symlinkSync('2026-11-24T08-00-00Z-smoke', join(within, 'latest'))
    pruneRuns(within, 1)
    expect(existsSync(join(elsewhere, 'plan.json'))).toBe(true)
    expect(readdirSync(within)).not.toContain('latest')
    rmSync(elsewhere, { recursive: true })
  })

  it('removes nothing where there are no more than are kept', () => {
    addThree()
    expect(pruneRuns(within, 3)).toEqual({ removed: [], running: [], keptCount: 3 })
  })
})

describe('a run is found', () => {
  it.each([
    [null, '2026-11-26T08-00-00Z-steady'],
    ['latest', '2026-11-26T08-00-00Z-steady'],
    ['1', '2026-11-26T08-00-00Z-steady'],
    ['3', '2026-11-24T08-00-00Z-smoke'],
    ['2026-11-24T08-00-00Z-smoke', '2026-11-24T08-00-00Z-smoke'],
    ['runs/2026-11-24T08-00-00Z-smoke/', '2026-11-24T08-00-00Z-smoke'],
    ['smoke', '2026-11-25T08-00-00Z-smoke'],
  ])('by %j', (which, expected) => {
    addThree()
    expect(findRun(listRuns(within), which, within).name).toBe(expected)
  })

  it.each([
    ['0', 'run 0: found 3 in '],
    ['4', 'allowed is a number from 1 to 3'],
    ['smoek', 'Did you mean "smoke"?'],
  ])('not by %j', (which, expected) => {
    addThree()
    expect(() => findRun(listRuns(within), which, within)).toThrow(expected)
    expect(() => findRun(listRuns(within), which, within)).toThrow(RunFolderError)
  })

  it('not where there is none', () => {
    expect(() => findRun([], null, within)).toThrow('found none. Make one: npm run scenario smoke')
  })

  it('and its report, the page before the summary', () => {
    addThree()
    const [run] = listRuns(within)
    expect(reportOf(run!)).toBe(join(run!.folder, 'summary.md'))
    writeFileSync(join(run!.folder, 'report.html'), '')
    expect(reportOf(run!)).toBe(join(run!.folder, 'report.html'))
  })

  it('and where it has no report, what to do', () => {
    const folder = addRun('2026-11-24T08-00-00Z-a')
    expect(() => reportOf(listRuns(within)[0]!)).toThrow(`npm run check ${folder}`)
    writeFileSync(join(folder, OWNER_FILE), formatOwner(thisProcess()))
    expect(() => reportOf(listRuns(within)[0]!)).toThrow('the run is still going on')
  })
})
