import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeEnvironment, formatResult, RESULT_SCHEMA, writeResult } from './result.ts'
import { SAMPLE_HTTP, sampleResult } from './sample-result.ts'

const MEMORY = [{ instance: 'chat-1', usualMiB: 80, highestMiB: 90, growthMiB: 10, samples: 30 }]
const RESULT = sampleResult({ crossInstanceP99Ms: 100, steadyAgainSeconds: 5 }, [3])

test('is JSON with the verdict near its beginning', () => {
  const parsed = JSON.parse(formatResult(RESULT))
  expect(Object.keys(parsed).slice(0, 7)).toEqual([
    'schema',
    'scenario',
    'seed',
    'driver',
    'verdict',
    'exitCode',
    'invalidBecause',
  ])
  expect(parsed).toMatchObject({ schema: RESULT_SCHEMA, verdict: 'fail', exitCode: 1 })
  expect(parsed.counts).toMatchObject({ sent: 42, obligations: 84, delivered: 83, lost: 1 })
  expect(parsed.faults[0]).toMatchObject({ status: 'fired', recovery: { clientsHit: 1, steadyMs: 2000 } })
  expect(parsed.findings.lost.examples[0]).toMatchObject({ client: 'bob', message: 3 })
  expect(parsed.findings.lost.breakdown).toEqual({
    moment: { steady: 1 },
    fault: { none: 1 },
    instance: { 'chat-2': 1 },
    part: { middle: 1 },
  })
  expect(parsed.counts).toMatchObject({ counterWrong: 0, reconnectsPerSecondMax: 1, slowReadersWithoutCode: 0 })
})

test('fractions have three digits', () => {
  const text = formatResult({ ...RESULT, durationsSeconds: { total: 1 / 3 } })
  expect(text).toContain('"total": 0.333')
})

test('is written whole, and leaves nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tuesday-result-'))
  try {
    const path = await writeResult(folder, RESULT)
    expect(path).toBe(join(folder, 'result.json'))
    expect(await readFile(path, 'utf8')).toBe(formatResult(RESULT))
    expect(await readdir(folder)).toEqual(['result.json'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('describes the machine', () => {
  expect(describeEnvironment({ redisVersion: '7.0.15', balancer: null })).toMatchObject({
    node: process.version,
    redis: '7.0.15',
  })
})

test('docs/result.md names every field', () => {
  const documentation = readFileSync(new URL('../../docs/result.md', import.meta.url), 'utf8')
  const documented = new Set([...documentation.matchAll(/`([A-Za-z0-9]+)`/g)].map(match => match[1]))
  const whole = formatResult({ ...RESULT, memory: MEMORY, http: SAMPLE_HTTP })
  expect([...fieldsOf(JSON.parse(whole))].filter(field => !documented.has(field))).toEqual([])
})

test('docs/result.md tells of this schema', () => {
  const documentation = readFileSync(new URL('../../docs/result.md', import.meta.url), 'utf8')
  expect(documentation).toContain(`schema ${RESULT_SCHEMA}`)
})

/** Names of all fields at any depth, but for what is named by the run: its steps, faults and instances, and statuses of answers. */
function fieldsOf(value: unknown, fields = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return fields
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) fields.add(name)
    if (name === 'breakdown') for (const circumstance of Object.keys(inner as object)) fields.add(circumstance)
    else if (name !== 'durationsSeconds' && name !== 'refused') fieldsOf(inner, fields)
  }
  return fields
}
