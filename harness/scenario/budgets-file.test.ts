import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBudgets } from './budgets-file.ts'
import type { LoadedScenario } from './catalogue.ts'
import { ScenarioError } from './problem.ts'

let root: string
let catalogue: string
let smoke: LoadedScenario

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tuesday-budgets-'))
  catalogue = join(root, 'scenarios')
  mkdirSync(catalogue)
  for (const name of ['smoke', 'steady']) writeFileSync(join(catalogue, `${name}.ts`), 'export default {}\n')
  const scenario = {
    about: '',
    topology: { instances: 1 },
    load: { rooms: 1, clients: 2, messagesPerSecond: 1, textBytes: 24, seconds: 1 },
    budgets: {},
  }
  smoke = { name: 'smoke', file: 'scenarios/smoke.ts', folder: catalogue, scenario }
})
afterEach(() => rmSync(root, { recursive: true }))

function write(name: string, value: unknown): string {
  const path = join(root, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

describe('budgets of a file', () => {
  it('are those of budgets.json beside the scenario, where there is one', async () => {
    expect(await loadBudgets(smoke, null, catalogue)).toBeNull()
    const path = write('scenarios/budgets.json', {
      smoke: { lost: 0, crossInstanceP99Ms: { steady: 50 } },
      steady: { late: 1 },
    })
    expect(await loadBudgets(smoke, null, catalogue)).toEqual({
      file: path,
      budgets: { lost: 0, crossInstanceP99Ms: { steady: 50 } },
    })
  })

  it('are those of the file that was asked for, and not of the one beside it', async () => {
    write('scenarios/budgets.json', { smoke: { lost: 1 } })
    const path = write('strict.json', { smoke: { lost: 0 } })
    expect(await loadBudgets(smoke, path, catalogue)).toEqual({ file: path, budgets: { lost: 0 } })
  })

  it('are none where the file does not name the scenario', async () => {
    expect(await loadBudgets(smoke, write('x.json', { steady: { lost: 0 } }), catalogue)).toBeNull()
  })

  it('may be of a scenario that lies elsewhere, and of those of the catalogue', async () => {
    const own = join(root, 'own')
    mkdirSync(own)
    writeFileSync(join(own, 'lunch.ts'), 'export default {}\n')
    const lunch = { ...smoke, name: 'lunch', file: 'own/lunch.ts', folder: own }
    const path = write('own/budgets.json', { lunch: { late: 3 }, smoke: { late: 4 } })
    expect(await loadBudgets(lunch, null, catalogue)).toEqual({ file: path, budgets: { late: 3 } })
  })

  it.each<[string, unknown, string]>([
    [
      'a scenario that does not exist',
      { smok: { lost: 0 } },
      'smok: found a scenario that does not exist; allowed is the name of a scenario. Did you mean "smoke"?',
    ],
    ['a scenario far from any name', { lunchtime: {} }, 'one of smoke, steady'],
    [
      'a measure that does not exist',
      { smoke: { losst: 0 } },
      'smoke.losst: found a measure that does not exist; allowed is a measure. Did you mean "lost"?',
    ],
    [
      'a mistake in another scenario',
      { smoke: { lost: 0 }, steady: { ackP9Ms: 1 } },
      'steady.ackP9Ms: found a measure',
    ],
    ['a limit that is none', { smoke: { lost: '0' } }, 'smoke.lost: found "0"; allowed is a whole number from 0'],
    ['a phase that does not exist', { smoke: { ackP99Ms: { stead: 1 } } }, 'smoke.ackP99Ms.stead'],
    ['limits without a scenario', { lost: 0 }, 'lost: found a scenario that does not exist'],
    ['a scenario without limits', { smoke: 3 }, 'smoke: found 3; allowed is an object with limits by measure'],
    ['a list', [], 'found a list of 0; allowed is { "<scenario>"'],
    ['a name of JavaScript', '{"__proto__": {}, "toString": {}}', 'toString: found a scenario that does not exist'],
    ['no JSON', '{ smoke: }', 'found text that is not JSON'],
  ])('%s is refused, with what is allowed', async (_, value, expected) => {
    const path = write('x.json', value)
    await expect(loadBudgets(smoke, path, catalogue)).rejects.toThrow(ScenarioError)
    await expect(loadBudgets(smoke, path, catalogue)).rejects.toThrow(expected)
    await expect(loadBudgets(smoke, path, catalogue)).rejects.toThrow(path)
  })

  it.each(['no-such.json', 'scenarios'])('%s is refused where it was asked for', async name => {
    await expect(loadBudgets(smoke, join(root, name), catalogue)).rejects.toThrow(
      /--budgets .*: expected a file with budgets, .*, found (no such file|a folder)/,
    )
  })
})
