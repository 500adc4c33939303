/** What people and machines are told of a run whose load others have made: in no report does it look like a run that passed as a whole. */

import { describe, expect, test } from 'vitest'
import { renderReport } from './html/render-report.ts'
import { renderJunit } from './junit.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { sampleWithoutLoad } from './sample-result.ts'
import { renderSummary } from './summary.ts'
import { renderTerminal } from './terminal.ts'

const { plan, result } = sampleWithoutLoad({ crossInstanceP99Ms: { steady: 100 } })
const OTHERS_SAY = 'whether the load came through has to be said by who made it'
const IN_SCOPE = ['uncleanDrains']

test('the run passed, and most of it was not judged', () => {
  expect(result).toMatchObject({ verdict: 'pass', scope: 'faults and service only', connectionsOfOthersMax: 12 })
  expect(result.budgets.filter(({ status }) => status === 'pass').map(({ measure }) => measure)).toEqual(IN_SCOPE)
  expect(result.budgets.length).toBeGreaterThan(10)
})

describe('the terminal', () => {
  const text = renderTerminal(result, { folder: 'runs/x', report: null, useColours: false })

  test('title and verdict cannot be taken for those of a whole run', () => {
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe(
      'sketch, faults and service only: 2 instances (process), no load of its own in 10 s, at most 12 connections of others',
    )
    expect(lines.at(-1)).toBe(`verdict: pass, faults and service only: ${OTHERS_SAY}`)
  })

  test('what was judged, and what was not', () => {
    expect(text).toMatch(/✓ {2}uncleanDrains +run +0 +0 {2}0 stops\n/)
    expect(text).toMatch(/- {2}lost +run +0 {2}not judged: no load of its own\n/)
    expect(text).toMatch(/- {2}crossInstanceP99Ms +steady +100 ms {2}not judged: no load of its own\n/)
  })

  test('faults are told without clients, and nothing is said of a load', () => {
    expect(text).toContain('seen: ended by SIGKILL after 10 ms')
    expect(text).not.toMatch(/clients? hit|planned sends|owed deliver/)
  })

  test('what could not be judged of the service is not laid to the load', () => {
    const budgets = result.budgets.map(budget => ({ ...budget, status: 'not-judged' as const, actual: null }))
    const unknown = renderTerminal({ ...result, budgets }, { folder: 'runs/x', report: null, useColours: false })
    expect(unknown).toMatch(/\? {2}uncleanDrains +run +unknown +0 {2}0 stops, not judged\n/)
  })
})

test('summary.md', () => {
  const text = renderSummary(result)
  expect(text.split('\n')[0]).toBe('## ✅ sketch, faults and service only: pass')
  expect(text).toContain(`1 budget held, ${result.budgets.length - 1} not judged: no load of its own.`)
  expect(text).toContain(`**Of faults and service only**: ${OTHERS_SAY}.`)
  expect(text).toMatch(/\| – +\| lost +\| run +\| +\| 0 +\| not judged: no load of its own +\|/)
  expect(text).not.toMatch(/All \d+ budgets held|clients hit|3,|80 clients/)
})

test('junit.xml', () => {
  const xml = renderJunit(result)
  const skipped = result.budgets.length - IN_SCOPE.length + 1
  expect(xml).toMatch(/<testsuite name="sketch, faults and service only"[^>]* failures="0" errors="0"/)
  expect(xml).toContain(` skipped="${skipped}"`)
  expect(xml.match(/<skipped /g)).toHaveLength(skipped)
  expect(xml).toContain('name="lost" time="0.000">\n      <skipped message="not judged: no load of its own"/>')
  expect(xml).toContain(`<skipped message="no load of its own: ${OTHERS_SAY}"/>`)
  expect(xml).toContain('name="uncleanDrains" time="0.000"/>')
  expect(xml).toContain('<property name="scope" value="faults and service only"/>')
})

test('result.openmetrics', () => {
  const text = renderOpenMetrics(result)
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  expect(samples.filter(line => !line.includes('scope="faults and service only"'))).toEqual([])
  expect(samples.filter(line => line.includes('_budget_')).map(line => /measure="(\w+)"/.exec(line)?.[1])).toEqual(
    Array(4).fill('uncleanDrains'),
  )
  expect(text).not.toMatch(/recovery_seconds|generator|of="clients"/)
})

test('report.html', () => {
  const page = renderReport(
    { plan, result, curves: null, whyNoCurves: 'others made the load', rollCallAtMs: null },
    { style: '', library: '', script: '' },
  )
  const text = page.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  expect(page).toContain('<title>pass: sketch, faults and service only</title>')
  expect(text).toContain(`1 of ${result.budgets.length} budgets could be judged without a load, and held.`)
  expect(text).toContain(`Of faults and service only : ${OTHERS_SAY}.`)
  expect(text).toContain('There are no curves: others made the load.')
  expect(text).toContain('– not judged 0 run not judged: no load of its own')
  expect(text).not.toMatch(/Every budget held|No delivery was lost|clients hit|planned send/)
})
