import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAULTS_AND_SERVICE } from '../verdict/judgement.ts'
import { formatResult, RESULT_SCHEMA, type RunResult } from './result.ts'
import { nastyRun, SAMPLE_RUNS, WITHOUT_LOAD } from './sample-runs.ts'
import { schemaProblems } from './schema-problems.ts'

interface Schema {
  readonly $ref?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly $defs?: Readonly<Record<string, Schema>>
}

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8')
const schema = JSON.parse(read('result.schema.json')) as Schema
const documentation = read('result.md')
const asJson = (run: RunResult) => JSON.parse(formatResult(run))

describe('docs/result.schema.json', () => {
  it.each(Object.entries({ ...SAMPLE_RUNS, nasty: nastyRun(), 'without load': WITHOUT_LOAD }))(
    'a run (%s) keeps to it',
    (_, run) => {
      expect(schemaProblems(asJson(run))).toEqual([])
    },
  )

  it.each<[string, (result: Record<string, unknown>) => unknown]>([
    ['a field too many', result => ({ ...result, extra: 1 })],
    ['no seed', ({ seed: _, ...result }) => result],
    ['another schema', result => ({ ...result, schema: 2 })],
    ['a verdict that there is not', result => ({ ...result, verdict: 'ok' })],
    ['an exit code that does not fit the verdict', result => ({ ...result, exitCode: 0 })],
    ['a count that is no number', result => ({ ...result, counts: { ...(result.counts as object), lost: 'none' } })],
    ['a pass with a broken budget', result => ({ ...result, verdict: 'pass', exitCode: 0, invalidBecause: [] })],
    ['a scope without the connections of others', result => ({ ...result, scope: FAULTS_AND_SERVICE })],
  ])('%s breaks it', (_, change) => {
    expect(schemaProblems(change(asJson(SAMPLE_RUNS.fail)))).not.toEqual([])
  })

  it('a pass that did not judge the load needs its scope', () => {
    const { scope: _, connectionsOfOthersMax: __, ...whole } = asJson(WITHOUT_LOAD)
    expect(schemaProblems(whole)).not.toEqual([])
  })

  it('is of the schema that results have', () => {
    expect(schema.properties?.schema?.const).toBe(RESULT_SCHEMA)
  })
})

/** Follows references and skips `null` and lists, down a path of property names. */
function at(...path: readonly string[]): Readonly<Record<string, Schema>> {
  const resolve = (node: Schema | undefined): Schema => {
    if (node === undefined) throw new Error(`the schema has no ${path.join('.')}`)
    if (node.$ref !== undefined) return resolve(schema.$defs?.[node.$ref.replace('#/$defs/', '')])
    const inner = node.items ?? node.oneOf?.find(choice => choice.$ref !== undefined || choice.properties !== undefined)
    return inner === undefined ? node : resolve(inner)
  }
  let node = resolve(schema)
  for (const name of path) node = resolve(node.properties?.[name])
  return node.properties ?? {}
}

/** The fields in the first column of the tables of a section, in order of the tables. */
function tablesUnder(heading: string): string[][] {
  const start = documentation.indexOf(`\n## ${heading}\n`)
  expect(start, heading).toBeGreaterThan(-1)
  const end = documentation.indexOf('\n## ', start + 1)
  const section = documentation.slice(start, end === -1 ? undefined : end)
  return section
    .split(/\n\| field \|.*\n\|---.*\n/)
    .slice(1)
    .map(table =>
      table
        .split('\n\n')[0]!
        .split('\n')
        .filter(line => line.startsWith('|'))
        .flatMap(line => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, field]) => field!)),
    )
}

/** Sections of the page that tell of one field of the whole. */
const OWN_SECTIONS = [...documentation.matchAll(/^## `(\w+)`$/gm)].map(([, name]) => name!)

describe('docs/result.md and the schema name the same fields', () => {
  it('of the run', () => {
    const [run] = tablesUnder('The run')
    expect([...run!, ...OWN_SECTIONS].sort()).toEqual(Object.keys(at()).sort())
  })

  it.each<[string, number, readonly string[]]>([
    ['`budgets`', 0, ['budgets']],
    ['`counts`', 0, ['counts']],
    ['`latencyMs`', 0, ['latencyMs', 'run', 'cross']],
    ['`faults`', 0, ['faults']],
    ['`faults`', 1, ['faults', 'recovery']],
    ['`memory`', 0, ['memory']],
    ['`redisPauses`', 0, ['redisPauses']],
    ['`http`', 0, ['http']],
    ['`http`', 1, ['http', 'paths', 'readyz']],
    ['`generator`', 0, ['generator']],
    ['`findings`', 0, ['findings', 'lost', 'examples']],
  ])('under %s, table %i', (heading, table, path) => {
    expect(tablesUnder(heading)[table]!.toSorted()).toEqual(Object.keys(at(...path)).sort())
  })

  it.each<[string, readonly string[]]>([
    ['The run', ['size']],
    ['The run', ['environment']],
    ['`latencyMs`', ['latencyMs']],
    ['`latencyMs`', ['latencyMs', 'run']],
    ['`faults`', ['faults', 'exit']],
    ['`http`', ['http', 'paths']],
    ['`generator`', ['generator', 'workers']],
    ['`generator`', ['generator', 'noiseFloorMs']],
    ['`findings`', ['findings']],
    ['`findings`', ['findings', 'lost']],
    ['`findings`', ['findings', 'lost', 'breakdown']],
    ['`findings`', ['findings', 'lost', 'examples', 'position']],
  ])('in the text under %s: %j', (heading, path) => {
    const start = documentation.indexOf(`\n## ${heading}\n`)
    const end = documentation.indexOf('\n## ', start + 1)
    const section = documentation.slice(start, end === -1 ? undefined : end)
    const fields = Object.keys(at(...path))
    expect(fields.length).toBeGreaterThan(1)
    expect(fields.filter(field => !section.includes(`\`${field}\``))).toEqual([])
  })
})
