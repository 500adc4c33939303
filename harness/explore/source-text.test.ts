import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FAULT_NAMES } from '../scenario/fault-kinds.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { drawScenario } from './draw-scenario.ts'
import { formatScenario } from './source-text.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const BIOME = path.join(ROOT, 'node_modules/.bin/biome')
/** Running the formatter takes a tenth of a second. */
const FORMATTED = 12
/** Each is a process of the formatter, on a machine that may be busy. */
const FORMATTED_MS_MAX = 60_000

const parts = {
  header: [
    'Breaks `lost`: deliveries owed that never came, or that the client had to fetch again.',
    '',
    'Again: npm run scenario x',
  ],
  scenarioModule: '../../harness/scenario/scenario.ts',
}

/** The scenario that a text stands for. */
async function evaluate(text: string): Promise<Scenario> {
  const source = text
    .replace(/^import .*$/m, 'const defineScenario = (value: unknown) => value')
    .replace(': unknown', '')
  const module = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)
  return module.default as Scenario
}

function formatted(text: string): string {
  const args = ['format', '--stdin-file-path', 'scenarios/regressions/x.ts']
  return execFileSync(BIOME, args, { input: text, cwd: ROOT, encoding: 'utf8' })
}

test('the text is the scenario again', async () => {
  for (let number = 0; number < 200; number++) {
    const { scenario } = drawScenario({ seed: 5, number, kinds: FAULT_NAMES })
    expect(await evaluate(formatScenario(scenario, parts))).toEqual(scenario)
  }
})

test(
  'the formatter has nothing to change',
  () => {
    for (let number = 0; number < FORMATTED; number++) {
      const { scenario } = drawScenario({ seed: 9, number, kinds: FAULT_NAMES })
      const text = formatScenario(scenario, parts)
      expect(formatted(text)).toBe(text)
    }
  },
  FORMATTED_MS_MAX,
)

test('texts, long lines and odd names are written as the formatter would', async () => {
  const { scenario } = drawScenario({ seed: 9, number: 1, kinds: FAULT_NAMES })
  const topology = {
    instances: 2,
    environment: { ORIGINS: "it's", LOG_LEVEL: 'a "b"', A_LONG_NAME_OF_A_VARIABLE: 'x'.repeat(60), OTHER: `'"\\` },
  }
  const faults = [1, 2].map(atSeconds => ({ kind: 'kill-instance', atSeconds }) as const)
  const odd = {
    ...scenario,
    faults,
    about: `A line ${'that goes on '.repeat(9)}for long.`,
    topology,
    budgets: { lost: 12_345 },
  }
  const text = formatScenario(odd, { ...parts, header: [] })
  expect(formatted(text)).toBe(text)
  expect(await evaluate(text)).toEqual(odd)
})

test('fields stand in the order of the guide, settings after them', () => {
  const { scenario } = drawScenario({ seed: 9, number: 1, kinds: FAULT_NAMES })
  const faults = [{ downSeconds: 2, atSeconds: 1, target: 'chat-1', kind: 'kill-instance' } as const]
  const { about, ...rest } = scenario
  const text = formatScenario({ ...rest, faults, about }, parts)
  expect(text).toContain("[{ kind: 'kill-instance', target: 'chat-1', atSeconds: 1, downSeconds: 2 }]")
  expect([...text.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name).slice(0, 5)).toEqual([
    'about',
    'topology',
    'load',
    'faults',
    'budgets',
  ])
})

test('a header is a comment above the import', () => {
  const { scenario } = drawScenario({ seed: 9, number: 1, kinds: FAULT_NAMES })
  expect(formatScenario(scenario, parts).split('\n').slice(0, 7)).toEqual([
    '/**',
    ' * Breaks `lost`: deliveries owed that never came, or that the client had to fetch again.',
    ' *',
    ' * Again: npm run scenario x',
    ' */',
    '',
    "import { defineScenario } from '../../harness/scenario/scenario.ts'",
  ])
})
