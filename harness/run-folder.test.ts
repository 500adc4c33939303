import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePlan } from './plan/make-plan.ts'
import {
  createRunFolder,
  makeFolder,
  openRunFolder,
  RunFolderError,
  readFacts,
  readPlan,
  saveFacts,
  savePlan,
  whyNotMade,
} from './run-folder.ts'
import { ScenarioError } from './scenario/problem.ts'
import type { Scenario } from './scenario/scenario.ts'

const STARTED_AT = new Date('2026-11-24T08:05:51.123Z')
const SCENARIO: Scenario = {
  about: 'An example.',
  topology: { instances: 2 },
  load: { rooms: 1, clients: 2, messagesPerSecond: 5, textBytes: 50, seconds: 1 },
  budgets: { lost: 0 },
}

let place: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tuesday-folder-'))
})

afterEach(() => rmSync(place, { recursive: true }))

function problemOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(RunFolderError)
    return (error as Error).message
  }
  return ''
}

describe('making one', () => {
  const create = (asked: string | null, runs = join(place, 'runs')) => createRunFolder(runs, 'smoke', asked, STARTED_AT)

  test('is named after time and scenario, numbered within a second, and the latest is pointed to', () => {
    expect(create(null).path).toBe(join(place, 'runs', '2026-11-24T08-05-51Z-smoke'))
    expect(create(null).path).toBe(join(place, 'runs', '2026-11-24T08-05-51Z-smoke-2'))
    expect(readlinkSync(join(place, 'runs', 'latest'))).toBe('2026-11-24T08-05-51Z-smoke-2')
  })

  test('takes the folder asked for, new or empty', () => {
    const { path } = create(join(place, 'a', 'b'))
    expect(path).toBe(join(place, 'a', 'b'))
    expect(existsSync(join(path, 'ledger'))).toBe(true)
    expect(existsSync(join(place, 'runs'))).toBe(false)
    mkdirSync(join(place, 'empty'))
    expect(create(join(place, 'empty')).path).toBe(join(place, 'empty'))
  })

  test('refuses a folder with files in it, a file, and what cannot be made, each in a sentence', () => {
    const file = join(place, 'file')
    writeFileSync(file, '')
    expect(problemOf(() => create(place))).toBe(
      `--out ${place}: expected a new or empty folder, found one with files in it. Name another one.`,
    )
    expect(problemOf(() => create(file))).toContain(`--out ${file}: expected a new or empty folder, found a file`)
    expect(problemOf(() => create(join(file, 'beneath')))).toContain('found a file in the way. Name another one.')
    expect(problemOf(() => create(null, file))).toContain('Name another place with --out <folder>')
    expect(problemOf(() => create('\0'))).toContain('--out')
  })

  test('has the parts that were asked for', () => {
    const options = { within: place, name: 'search', startedAt: STARTED_AT, asked: null, parts: ['one', 'two'] }
    const path = makeFolder(options)
    expect(path).toBe(join(place, '2026-11-24T08-05-51Z-search'))
    expect(readdirSync(path)).toEqual(['one', 'two'])
    expect(problemOf(() => makeFolder({ ...options, asked: path }))).toContain('found one with files in it')
  })

  test('tells why the file system refused', () => {
    const error = (code: string) => Object.assign(new Error(`${code}: of the system`), { code })
    expect(whyNotMade(error('EACCES'))).toBe('no permission to write there')
    expect(whyNotMade(error('EROFS'))).toBe('a file system that is read-only')
    expect(whyNotMade(error('ELOOP'))).toBe('ELOOP: of the system')
  })
})

describe('reading one', () => {
  const facts = {
    driver: 'process',
    startedAt: STARTED_AT.toISOString(),
    durationsSeconds: { total: 1 },
    command: 'npm run scenario smoke -- --seed 1',
    environment: { node: 'v24.1.0', redis: '7.0.15', cpus: 2, memoryBytes: 1, os: 'linux' },
  }
  const plan = makePlan('smoke', SCENARIO, 1)

  function saved() {
    const folder = createRunFolder(place, 'smoke', join(place, 'run'), STARTED_AT)
    savePlan(folder, plan, SCENARIO)
    saveFacts(folder, facts)
    return folder
  }

  test('gives back what was saved', () => {
    const folder = saved()
    expect(readPlan(folder)).toEqual({ plan, scenario: SCENARIO })
    expect(readFacts(folder)).toEqual(facts)
  })

  test('needs a run that came to its end', () => {
    expect(problemOf(() => openRunFolder(saved().path))).toContain('found no ledger/run.json in it')
    expect(problemOf(() => openRunFolder(join(place, 'nowhere')))).toContain('found no plan.json in it')
  })

  test.each([
    ['plan.json', '{ "schema": 1, "inst', 'JSON'],
    ['plan.json', 'null', 'expected an object'],
    ['plan.json', '{}', '"instances"'],
    ['plan.json', JSON.stringify({ ...plan, rollCall: [] }), '"rollCall"'],
    ['plan.json', JSON.stringify({ ...plan, schema: 2 }), 'schema 1, found schema 2'],
    ['scenario.json', '', 'JSON'],
    ['scenario.json', JSON.stringify({ ...SCENARIO, budgets: undefined }), '"budgets"'],
    ['facts.json', '[]', 'expected an object'],
    ['facts.json', '{}', '"durationsSeconds"'],
  ])('tells of a damaged %s: %s', (part, text, expected) => {
    const folder = saved()
    writeFileSync(join(folder.path, part), text)
    const read = part === 'facts.json' ? readFacts : readPlan
    const problem = problemOf(() => read(folder))
    expect(problem).toContain(`${join(folder.path, part)} is damaged: expected`)
    expect(problem).toContain(expected)
  })

  test('budgets that were changed by hand have to be budgets', () => {
    const folder = saved()
    savePlan(folder, plan, { ...SCENARIO, budgets: { lots: 0 } as Scenario['budgets'] })
    expect(() => readPlan(folder)).toThrow(ScenarioError)
    expect(() => readPlan(folder)).toThrow('scenario.json: budgets.lots: found a measure that does not exist')
  })
})
