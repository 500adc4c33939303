import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listRegressions, listScenarios, loadScenario } from './catalogue.ts'
import { ScenarioError } from './problem.ts'

const SHIPPED = path.join(import.meta.dirname, '../../scenarios')

const GOOD = `export default {
  about: 'Good.',
  topology: { instances: 1 },
  load: { rooms: 1, clients: 2, messagesPerSecond: 5, textBytes: 30, seconds: 5 },
  budgets: {},
}`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tuesday-scenarios-'))
  const files = {
    'good.ts': GOOD,
    'broken.ts': 'export default {\n  about: 1,\n  load: = 2,\n}',
    'empty.ts': 'export const scenario = 7',
    'wrong.ts': GOOD.replace('clients: 2', 'clients: 0'),
    'throws.ts': "throw new Error('not today')",
    'good.test.ts': 'not a scenario',
    'notes.md': 'not a scenario',
    'regressions/lost-once.ts': GOOD.replace('Good.', 'Lost once.'),
    'regressions/notes.md': 'not a scenario',
    'k6/script.ts': 'export default 7',
  }
  for (const within of ['regressions', 'k6', 'a-folder.ts']) await mkdir(path.join(folder, within))
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** The message of the ScenarioError that loading ends with. */
async function messageOf(name: string, inFolder = folder): Promise<string> {
  const error: unknown = await loadScenario(name, inFolder).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ScenarioError)
  return (error as ScenarioError).message
}

test('a good scenario is loaded', async () => {
  const { name, file, scenario } = await loadScenario('good', folder)
  expect(name).toBe('good')
  expect(path.resolve(file)).toBe(path.join(folder, 'good.ts'))
  expect(scenario.load.clients).toBe(2)
})

test('the list has every file, a broken one with the reason', async () => {
  const listed = await listScenarios(folder)
  expect(listed.map(({ name }) => name)).toEqual(['broken', 'empty', 'good', 'throws', 'wrong'])
  expect(listed[2]).toMatchObject({ name: 'good', about: 'Good.' })
  expect(listed[0]!.about).toContain('cannot be loaded')
  expect(listed[3]!.about).toContain('not today')
})

describe('regressions', () => {
  test('are listed apart, by names with their folder', async () => {
    const listed = await listRegressions(folder)
    expect(listed).toMatchObject([{ name: 'regressions/lost-once', about: 'Lost once.' }])
    expect(path.resolve(listed[0]!.file)).toBe(path.join(folder, 'regressions/lost-once.ts'))
  })

  test('there are none where there is no folder for them', async () => {
    expect(await listRegressions(path.join(folder, 'regressions'))).toEqual([])
  })

  test('are loaded by those names', async () => {
    const { name, file, scenario } = await loadScenario('regressions/lost-once', folder)
    expect(name).toBe('regressions/lost-once')
    expect(path.resolve(file)).toBe(path.join(folder, 'regressions/lost-once.ts'))
    expect(scenario.about).toBe('Lost once.')
  })

  test('are among the names that are told', async () => {
    const message = await messageOf('regressions/lost-onse')
    expect(message).toContain('Did you mean "regressions/lost-once"?')
    expect(message).toContain('there are: broken, empty, good, throws, wrong, regressions/lost-once')
  })
})

describe('a path', () => {
  test('is loaded from wherever it is, and named after its file', async () => {
    const elsewhere = path.join(folder, 'regressions')
    for (const written of [path.join(folder, 'good.ts'), path.relative(process.cwd(), path.join(folder, 'good.ts'))]) {
      const { name, file, scenario } = await loadScenario(written, elsewhere)
      expect(name).toBe('good')
      expect(file).toBe(written)
      expect(scenario.about).toBe('Good.')
    }
  })

  test('that leads nowhere, or to a folder, is told with where it counts from', async () => {
    for (const written of ['no/such/file.ts', path.join(folder, 'a-folder.ts')]) {
      const message = await messageOf(written)
      expect(message).toContain(`expected a scenario's file at "${written}", counted from ${process.cwd()}, found none`)
    }
  })

  test('without its ending is told what a path looks like', async () => {
    expect(await messageOf(path.join(folder, 'good'))).toContain("The path of a scenario's file ends in .ts.")
  })

  test('to a file with a mistake is named in the message', async () => {
    const written = path.join(folder, 'wrong.ts')
    expect(await messageOf(written)).toBe(
      `${written}: load.clients: found 0; allowed is a whole number from 1 to 100000`,
    )
  })
})

describe('a command in the place of a name', () => {
  test('is near to what is misspelt', async () => {
    expect(await messageOf('exlpore')).toContain('Did you mean "explore"?')
  })

  test('hides a scenario that is called like it, which the list tells', async () => {
    const hidden = await mkdtemp(path.join(tmpdir(), 'tuesday-scenarios-'))
    try {
      await writeFile(path.join(hidden, 'explore.ts'), GOOD)
      expect((await listScenarios(hidden))[0]!.about).toContain('cannot be run by this name')
      expect(await messageOf('explore', hidden)).toContain('no scenario is called "explore"')
    } finally {
      await rm(hidden, { recursive: true })
    }
  })
})

describe('what cannot be loaded is told in a sentence', () => {
  test('a name that does not exist', async () => {
    const message = await messageOf('goood')
    expect(message).toContain('no scenario is called "goood". Did you mean "good"?')
    expect(message).toContain('there are: broken, empty, good, throws, wrong')
    expect(await messageOf('good.ts')).toContain('Did you mean "good"?')
    expect(await messageOf('../good')).toContain('no scenario is called')
  })

  test('a syntax error', async () => {
    const message = await messageOf('broken')
    expect(message).toMatch(/broken\.ts(:3)?: cannot be loaded: .+/)
    expect(message.split('\n')).toHaveLength(1)
  })

  test('an error while it is loaded', async () => {
    expect(await messageOf('throws')).toMatch(/throws\.ts: cannot be loaded: not today$/)
  })

  test('no default export', async () => {
    expect(await messageOf('empty')).toMatch(/empty\.ts: found no default export/)
  })

  test('a broken rule', async () => {
    expect(await messageOf('wrong')).toMatch(/wrong\.ts: load\.clients: found 0/)
  })

  test('no folder', async () => {
    expect(await messageOf('good', path.join(folder, 'nothing-here'))).toContain('cannot be read')
  })
})

test('every shipped scenario keeps the rules', async () => {
  const listed = await listScenarios(SHIPPED)
  expect(listed.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['kill-instance', 'rolling-restart', 'smoke', 'steady']),
  )
  for (const { name, about } of listed) {
    const { scenario } = await loadScenario(name, SHIPPED)
    expect(scenario.about).toBe(about)
  }
})
