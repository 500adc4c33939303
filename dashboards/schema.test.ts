/**
 * Whether the committed JSON is what Grafana's schema allows. What is published on npm of it are the SDK's types, so the compiler is asked: no
 * property that they do not have, no value that they do not allow, in dashboards, panels' own options, and queries.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isPanel } from './panel-queries.ts'

const SDK = '@grafana/grafana-foundation-sdk'
const NODE_MODULES = join(import.meta.dirname, '..', 'node_modules')
const FLAGS = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--module', 'nodenext', '--types', '']

/** Types of a panel and where the SDK has them. */
const MODULES: Readonly<Record<string, string>> = {
  heatmap: 'heatmap',
  stat: 'stat',
  'state-timeline': 'statetimeline',
  table: 'table',
  timeseries: 'timeseries',
}

/** Its fields have no options of their own. */
const WITHOUT_FIELD_OPTIONS = 'stat'

/** JSON has the values of the SDK's enumerations, and none of its methods. */
const HEADER = `
import type { Dashboard, Panel, RowPanel } from '${SDK}/dashboard'
import type { Dataquery } from '${SDK}/prometheus'
${Object.values(MODULES)
  .map(name => `import type * as ${name} from '${SDK}/${name}'`)
  .join('\n')}
type Method = (...values: never[]) => unknown
type Json<T> = 0 extends 1 & T ? T
  : T extends string ? \`\${T}\`
  : T extends number ? (number extends T ? T : \`\${T}\` extends \`\${infer N extends number}\` ? N : never)
  : T extends readonly (infer E)[] ? Json<E>[]
  : T extends object ? { [K in keyof T as T[K] extends Method ? never : K]: Json<T[K]> }
  : T
type Own<Options, FieldConfig> = { options: Json<Options>; custom?: Json<FieldConfig> }
`

const folder = mkdtempSync(join(tmpdir(), 'tuesday-dashboards-'))
beforeAll(() => symlinkSync(NODE_MODULES, join(folder, 'node_modules')))
afterAll(() => rmSync(folder, { recursive: true }))

const committed = readdirSync(join(import.meta.dirname, 'json')).map(
  file => JSON.parse(readFileSync(join(import.meta.dirname, 'json', file), 'utf8')) as Dashboard,
)

/** One line each, so that a complaint, or the lack of one, belongs to one statement. */
function statements({ panels = [], ...dashboard }: Dashboard): string[] {
  return [
    satisfies({ ...dashboard, panels: [] }, 'Dashboard'),
    ...panels.flatMap(panel => (isPanel(panel) ? ofPanel(panel) : [satisfies(panel, 'RowPanel')])),
  ]
}

function ofPanel(panel: Panel): string[] {
  const { type, options, fieldConfig, targets = [] } = panel
  const name = MODULES[type]
  const own = { options, custom: fieldConfig?.defaults.custom }
  const ofFields = type === WITHOUT_FIELD_OPTIONS ? 'never' : `${name}.FieldConfig`
  return [
    satisfies(panel, 'Panel'),
    `(${JSON.stringify(own)}) satisfies Own<${name}.Options, ${ofFields}>`,
    ...targets.map(target => satisfies(target, 'Dataquery')),
  ]
}

function satisfies(value: unknown, type: string): string {
  return `(${JSON.stringify(value)}) satisfies Json<${type}>`
}

/** What the compiler has to say, a line for each complaint. */
function compile(lines: readonly string[]): string[] {
  const file = join(folder, 'check.mts')
  writeFileSync(file, `${HEADER}\n;${lines.join('\n;')}\n`)
  try {
    execFileSync(process.execPath, [join(NODE_MODULES, 'typescript', 'bin', 'tsc'), ...FLAGS, file], { cwd: folder })
    return []
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
      .split('\n')
      .filter(line => line.includes('error TS'))
  }
}

it('is what the schema allows', { timeout: 60_000 }, () => {
  const lines = committed.flatMap(statements)
  expect(lines.length).toBeGreaterThan(200)
  expect(compile(lines)).toEqual([])
})

it('would be told where it is not', { timeout: 60_000 }, () => {
  const [dashboard] = committed
  const panel = dashboard!.panels!.filter(isPanel).find(({ type }) => type === 'timeseries')!
  const wrong = [
    satisfies({ ...dashboard, panels: [], refreshEvery: '5s' }, 'Dashboard'),
    satisfies({ ...dashboard, panels: [], graphTooltip: 7 }, 'Dashboard'),
    satisfies({ ...panel, gridPos: { x: 0, y: 0, w: '8', h: 8 } }, 'Panel'),
    ofPanel({ ...panel, options: { ...panel.options, tooltip: { mode: 'many', sort: 'desc' } } })[1]!,
    ofPanel({ ...panel, options: { ...panel.options, tooltips: {} } })[1]!,
    satisfies({ refId: 'A', expr: 'up', format: 'graph' }, 'Dataquery'),
  ]
  expect(compile(wrong)).toHaveLength(wrong.length)
})
