/** Keeps `docs/scenarios.md` with the code: its tables are those of the measures, fields and flags, and its example runs. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { FIND_CAPACITY_FLAGS } from '../find-capacity-command.ts'
import { makePlan } from '../plan/make-plan.ts'
import { SCENARIO_FLAGS } from '../scenario-command.ts'
import { codeBlocks } from '../test-guide.ts'
import { listScenarios, loadScenario } from './catalogue.ts'
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts'
import {
  CHURN_FIELDS,
  describeRule,
  FAULT_FIELDS,
  type Field,
  HTTP_FIELDS,
  LOAD_FIELDS,
  ROOM_GROUP_FIELDS,
  SCENARIO_FIELDS,
  SETTING_RULES,
  SHAPE_FIELDS,
  TOPOLOGY_FIELDS,
} from './fields.ts'
import {
  COUNT_MEASURES,
  DEFAULT_BUDGETS,
  HTTP_COUNTS,
  HTTP_PATHS,
  LATENCY_KINDS,
  QUANTILES,
  RECOVERY_MEASURES,
  RESOURCE_MEASURES,
} from './measures.ts'
import { ABORT_MEASURES } from './scenario.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const guide = await readFile(path.join(ROOT, 'docs/scenarios.md'), 'utf8')

/** Rows of the first table under a heading, cells without their code marks, the header apart. */
function tableUnder(heading: string): { header: string[]; rows: string[][] } {
  return tableAfter(line => line === heading, heading)
}

function rowsAfter(beginning: string): string[][] {
  return tableAfter(line => line.startsWith(beginning), beginning).rows
}

function tableAfter(isStart: (line: string) => boolean, what: string): { header: string[]; rows: string[][] } {
  const lines = guide.split('\n')
  const start = lines.findIndex(isStart)
  expect(start, `"${what}"`).toBeGreaterThanOrEqual(0)
  const from = lines.findIndex((line, index) => index > start && line.startsWith('|'))
  const end = lines.findIndex((line, index) => index > from && !line.startsWith('|'))
  const cells = lines.slice(from, end === -1 ? undefined : end).map(line =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', '').replaceAll('\\|', '|')),
  )
  return { header: cells[0]!, rows: cells.slice(2) }
}

test.each([
  ['### Scenario', SCENARIO_FIELDS],
  ['### Topology', TOPOLOGY_FIELDS],
  ['### Load', LOAD_FIELDS],
  ['### HTTP', HTTP_FIELDS],
  ['### Rooms of different sizes', ROOM_GROUP_FIELDS],
  ['### Churn', CHURN_FIELDS],
  ['### Faults', FAULT_FIELDS],
])('the fields under %s', (heading, fields: Readonly<Record<string, Field>>) => {
  const { rows } = tableUnder(heading)
  const expected = Object.entries(fields).map(([name, { rule, without }]) => {
    const allowed = name === 'kind' ? 'a kind of the table below' : describeRule(rule)
    return [name, allowed, without ?? '']
  })
  expect(rows.map(row => row.slice(0, 3))).toEqual(expected)
  for (const row of rows) expect(row[3]).not.toBe('')
})

test('the shapes of a load', () => {
  const expected = Object.entries(SHAPE_FIELDS).map(([name, { kind: _, ...fields }]) => {
    const told = Object.entries<Field>(fields).map(([field, { rule }]) => `${field}: ${describeRule(rule)}`)
    return [name, told.join(', ') || 'none']
  })
  const { rows } = tableUnder('### Load shapes')
  expect(rows.map(row => row.slice(0, 2))).toEqual(expected)
  for (const row of rows) expect(row[2]).not.toBe('')
})

test('the kinds of faults', () => {
  const targetWithout = ({ hits, target }: FaultKind) =>
    hits === 'instances' ? target : hits === 'redis' ? 'Redis' : 'a new one'
  const expected = Object.entries<FaultKind>(FAULT_KINDS).map(([name, kind]) => {
    const settings = Object.entries(kind.settings).map(([setting, value]) => `${setting}: ${value}`)
    return [name, kind.about, targetWithout(kind), settings.join(', ') || 'none']
  })
  expect(tableUnder('### Kinds of faults').rows).toEqual(expected)
})

test('the settings of faults', () => {
  const expected = Object.entries(SETTING_RULES).map(([name, rule]) => [name, describeRule(rule)])
  const { rows } = tableUnder('### Settings of faults')
  expect(rows.map(row => row.slice(0, 2))).toEqual(expected)
  for (const row of rows) expect(row[2]).not.toBe('')
})

test('the counts that end a run early', () => {
  expect(rowsAfter('`abortWhen: {')).toEqual(Object.entries(ABORT_MEASURES))
})

test('the counts', () => {
  const expected = Object.entries(COUNT_MEASURES).map(([name, { safety, about }]) => {
    const limit = (DEFAULT_BUDGETS as Record<string, number | undefined>)[name]
    return [name, about, safety ? 'yes' : 'no', limit === undefined ? 'no limit' : `${limit}`]
  })
  expect(tableUnder('### Counts').rows).toEqual(expected)
})

test('the recovery measures', () => {
  expect(tableUnder('### Recovery').rows).toEqual(Object.entries(RECOVERY_MEASURES))
})

test('the resource measures', () => {
  expect(tableUnder('### Resources').rows).toEqual(Object.entries(RESOURCE_MEASURES))
})

test('what is asked over HTTP', () => {
  expect(rowsAfter('What a `path` is:')).toEqual(Object.entries(HTTP_PATHS))
})

test('the HTTP measures', () => {
  const counts = Object.entries(HTTP_COUNTS).map(([name, { safety, about }]) => [name, about, safety ? 'yes' : 'no'])
  expect(tableUnder('### HTTP measures').rows).toEqual(counts)
  const quantiles = Object.keys(QUANTILES)
  const latencies = Object.keys(HTTP_PATHS).map(path => [path, ...quantiles.map(quantile => `${path}${quantile}Ms`)])
  expect(rowsAfter('Latencies in milliseconds, from the writing')).toEqual(latencies)
})

test('the latency measures', () => {
  const { header, rows } = tableUnder('### Latency')
  const quantiles = Object.keys(QUANTILES)
  expect(header.slice(1)).toEqual(quantiles)
  const expected = Object.values(LATENCY_KINDS).map(kind => quantiles.map(quantile => `${kind}${quantile}Ms`))
  expect(rows.map(row => row.slice(1))).toEqual(expected)
})

test.each([
  ['## Flags', SCENARIO_FLAGS],
  ['## How much it bears', FIND_CAPACITY_FLAGS],
])('the flags under %s', (heading, flags) => {
  const expected = Object.entries(flags).map(([name, { value, about }]) => {
    return [value === null ? `--${name}` : `--${name} <${value}>`, about]
  })
  expect(tableUnder(heading).rows).toEqual(expected)
})

test('the shipped scenarios', async () => {
  const listed = await listScenarios(path.join(ROOT, 'scenarios'))
  const shown = new Map(tableUnder('# Scenarios').rows.map(([name, about]) => [name, about]))
  expect(shown).toEqual(new Map(listed.map(({ name, about }) => [name, about])))
})

test('the example keeps the rules', async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? ''
  const folder = await mkdtemp(path.join(tmpdir(), 'tuesday-guide-'))
  try {
    const source = pathToFileURL(path.join(ROOT, 'harness/scenario/scenario.ts')).href
    await writeFile(path.join(folder, 'example.ts'), example.replace('../harness/scenario/scenario.ts', source))
    const { scenario } = await loadScenario('example', folder)
    expect(scenario.topology.instances).toBe(3)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each(['docs/gate.md', 'docs/writing-a-scenario.md'])('the scenario of %s keeps the rules', async document => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tuesday-guide-'))
  try {
    const source = pathToFileURL(path.join(ROOT, 'harness/scenario/scenario.ts')).href
    const [example] = codeBlocks(document, 'ts')
    await writeFile(path.join(folder, 'example.ts'), example!.replace("'tuesday'", `'${source}'`))
    const { scenario } = await loadScenario('example', folder)
    expect(makePlan('example', scenario, 7).faults.length).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
