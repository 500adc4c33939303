/**
 * The reports as other programs read them: xmllint, the reference parser of OpenMetrics, and promtool.
 * `npm run setup -- --all` installs them.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { renderJunit } from './junit.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { nastyRun, SAMPLE_RUNS, WITHOUT_LOAD } from './sample-runs.ts'

const RUNS = { ...SAMPLE_RUNS, nasty: nastyRun(), 'without load': WITHOUT_LOAD }
const SCHEMA = join(import.meta.dirname, 'junit.xsd')
/** The one that has the parser: Debian's need not be the first on the PATH. */
const PYTHON = ['python3', '/usr/bin/python3'].find(hasParser) ?? 'python3'
const READ_OPENMETRICS = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([[family.name, family.type, family.unit, len(family.samples)] for family in families]))
`

function hasParser(python: string): boolean {
  return spawnSync(python, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0
}

const folder = mkdtempSync(join(tmpdir(), 'tuesday-formats-'))
afterAll(() => rmSync(folder, { recursive: true }))

function checkJunit(xml: string): { status: number | null; stderr: string } {
  const path = join(folder, 'junit.xml')
  writeFileSync(path, xml)
  const { status, stderr, error } = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, path], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`${error.message}. This test needs xmllint: npm run setup -- --all`)
  return { status, stderr }
}

describe('junit.xml', () => {
  it.each(Object.entries(RUNS))('of a run (%s) keeps to the schema', (_, run) => {
    expect(checkJunit(renderJunit(run))).toMatchObject({ status: 0 })
  })

  it('does not where something is missing or too much', () => {
    const xml = renderJunit(SAMPLE_RUNS.fail)
    const [name, value] = [' skipped="0"', '<properties>']
    expect(checkJunit(xml.replace(name, '')).stderr).toContain('skipped')
    expect(checkJunit(xml.replace(value, '<system-out/><properties>')).status).not.toBe(0)
  })

  it('keeps its lines', () => {
    const path = join(folder, 'junit.xml')
    writeFileSync(path, renderJunit(SAMPLE_RUNS.fail))
    const text = execFileSync('xmllint', ['--xpath', 'string(//testcase[@name="lost"]/failure)', path], {
      encoding: 'utf8',
    })
    expect(text.split('\n').slice(0, 4)).toEqual([
      'lost: 2, limit 0',
      'limit 0',
      'actual 2',
      'measured on 84 owed deliveries',
    ])
  })
})

describe('result.openmetrics', () => {
  it.each(Object.entries(RUNS))('of a run (%s) is read by the reference parser', (_, run) => {
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', READ_OPENMETRICS], {
      input: renderOpenMetrics(run),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const families = JSON.parse(stdout) as [string, string, string, number][]
    expect(families).toContainEqual(['tuesday_result_verdict', 'gauge', '', 3])
    const latency = ['tuesday_result_latency_seconds', 'summary', 'seconds', expect.any(Number)]
    if (run.scope === undefined) expect(families).toContainEqual(latency)
    expect(families.every(([, , , samples]) => samples > 0)).toBe(true)
  })

  it.each(Object.entries(RUNS))('of a run (%s) is read by promtool, too', (_, run) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: renderOpenMetrics(run),
      encoding: 'utf8',
    })
    expect({ status, told: stdout + stderr }).toEqual({ status: 0, told: '' })
  })
})
