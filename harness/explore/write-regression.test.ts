import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadScenario } from '../scenario/catalogue.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { howToKeep, type Regression, regressionName, writeRegression, writeScenario } from './write-regression.ts'

const ROOT = join(import.meta.dirname, '../..')

const SCENARIO: Scenario = {
  about: 'Drawn.',
  topology: { instances: 2 },
  load: { rooms: 1, clients: 4, messagesPerSecond: 10, textBytes: 30, seconds: 5 },
  faults: [
    { kind: 'kill-instance', target: 'chat-1', atSeconds: 1 },
    { kind: 'kill-instance', target: 'chat-2', atSeconds: 3 },
  ],
  budgets: {},
}
const REGRESSION: Regression = {
  scenario: SCENARIO,
  seed: 1234,
  measure: 'lost',
  exploredSeed: 7,
  exploredRun: 3,
  probability: { failed: 4, of: 5 },
  driver: 'process',
}

let outside: string
let inside: string

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'tuesday-regression-'))
  mkdirSync(join(ROOT, 'runs'), { recursive: true })
  inside = mkdtempSync(join(ROOT, 'runs', 'regression-'))
})

afterAll(() => {
  for (const folder of [outside, inside]) rmSync(folder, { recursive: true })
})

test('the file can be loaded from where it was written, and is the scenario', async () => {
  for (const folder of [outside, inside]) {
    const { name, scenario } = await loadScenario(writeRegression(folder, REGRESSION), outside)
    expect(name).toBe('lost-kill-instance-7-3')
    expect(scenario).toEqual({ ...SCENARIO, about: 'lost with kill-instance, found by explore.' })
  }
})

test('its header says what broke, where it was found, how often it fails, and how to see it again', () => {
  const text = readFileSync(writeRegression(inside, REGRESSION), 'utf8')
  const header = text.slice(0, text.indexOf('*/'))
  expect(header).toContain('Breaks `lost`: deliveries owed that never came, or that the client had to fetch again.')
  expect(header).toContain('Found by explore with seed 7, run 3, and shrunk; failed in 4 of 5 runs of this plan.')
  expect(header).toContain('npm run scenario regressions/lost-kill-instance-7-3 -- --driver process --seed 1234')
})

test('what was written into a folder under runs/ imports as it will among the regressions', () => {
  const written = writeRegression(inside, REGRESSION)
  expect(readFileSync(written, 'utf8')).toContain("from '../../harness/scenario/scenario.ts'")
  expect(howToKeep(written, 'runs/x/y.ts')).toEqual([
    'mkdir -p scenarios/regressions && cp runs/x/y.ts scenarios/regressions/',
  ])
  expect(howToKeep(writeRegression(outside, REGRESSION), 'y.ts')).toHaveLength(2)
})

test('names tell measures and kinds apart, and are names of scenarios', () => {
  expect(regressionName({ ...REGRESSION, measure: 'uncleanDrains' })).toBe('unclean-drains-kill-instance-7-3')
  expect(regressionName({ ...REGRESSION, scenario: { ...SCENARIO, faults: [] } })).toBe('lost-no-fault-7-3')
})

test('a measure of explore itself has its meaning, too', () => {
  const text = readFileSync(writeRegression(inside, { ...REGRESSION, measure: 'stuck' }), 'utf8')
  expect(text).toContain('Breaks `stuck`: something was left after healing')
})

test('a scenario that is only to be run has no header', async () => {
  const path = join(outside, '0001.ts')
  writeScenario(path, SCENARIO)
  expect(readFileSync(path, 'utf8')).toMatch(/^import/)
  expect((await loadScenario(path, outside)).scenario).toEqual(SCENARIO)
})
