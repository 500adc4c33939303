import { describe, expect, it } from 'vitest'
import { renderJunit } from './junit.ts'
import { nastyRun, SAMPLE_RUNS } from './sample-runs.ts'

/** Attributes of the first element of that name. */
function attributesOf(xml: string, element: string): Record<string, string> {
  const [, text = ''] = new RegExp(`<${element}((?: [\\w-]+="[^"]*")*)/?>`).exec(xml) ?? []
  return Object.fromEntries([...text.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
}

/** The element of the case of that name, whole. */
function caseOf(xml: string, name: string): string {
  const start = xml.indexOf(`name="${name}" time=`)
  expect(start, name).toBeGreaterThan(0)
  const end = xml.indexOf('\n    <testcase', start)
  return xml.slice(start, end === -1 ? undefined : end)
}

describe('junit.xml', () => {
  it('has neither failure nor error in a run that passed, a failure in one that failed, an error in an invalid one', () => {
    expect(attributesOf(renderJunit(SAMPLE_RUNS.pass), 'testsuite')).toMatchObject({ failures: '0', errors: '0' })
    expect(attributesOf(renderJunit(SAMPLE_RUNS.fail), 'testsuite')).toMatchObject({ failures: '2', errors: '2' })
    expect(attributesOf(renderJunit(SAMPLE_RUNS.invalid), 'testsuite')).toMatchObject({ failures: '0', errors: '2' })
  })

  it('has a case for each budget, and two for the run as a whole', () => {
    const { pass } = SAMPLE_RUNS
    const xml = renderJunit(pass)
    const { tests, time, timestamp, name } = attributesOf(xml, 'testsuite')
    expect({ tests, time, timestamp, name }).toEqual({
      tests: String(pass.budgets.length + 2),
      time: '21.250',
      timestamp: '2026-11-24T08:19:48',
      name: 'sketch',
    })
    expect(xml.match(/<testcase /g)).toHaveLength(pass.budgets.length + 2)
    expect(xml).toContain('<testcase classname="tuesday.sketch" name="crossInstanceP99Ms in steady" time="0.000"/>')
  })

  it('tells of a broken count its limit, what was counted, and the first cases with their circumstances', () => {
    const lost = caseOf(renderJunit(SAMPLE_RUNS.fail), 'lost')
    expect(lost).toContain('<failure message="lost: 2, limit 0" type="lost">')
    expect(lost).toContain('limit 0\nactual 2\nmeasured on 84 owed deliveries\n')
    expect(lost).toContain('by fault: ')
    expect(lost).toContain('bob, message 3: owed, but never delivered\n  room lobby, seq 4 (epoch a)')
  })

  it('tells of a latency what was measured, with units', () => {
    const ack = caseOf(renderJunit(SAMPLE_RUNS.fail), 'ackP99Ms')
    expect(ack).toContain('<failure message="ackP99Ms: 3.00 ms, limit 1 ms" type="ackP99Ms">')
  })

  it('tells why a run cannot be judged, and which budget had too few samples', () => {
    const xml = renderJunit(SAMPLE_RUNS.invalid)
    expect(caseOf(xml, 'the run can be judged')).toMatch(
      /<error message="[^"]*crossInstanceP999Ms[^"]*" type="invalid">/,
    )
    expect(caseOf(xml, 'crossInstanceP999Ms')).toContain(
      '<error message="crossInstanceP999Ms: too few, limit 500 ms, 5,000 samples" type="too-few-samples">',
    )
  })

  it('fails where the load was ended early', () => {
    const xml = renderJunit({
      ...SAMPLE_RUNS.pass,
      verdict: 'fail',
      exitCode: 1,
      abortedBecause: 'holes: 3 is above 2',
    })
    expect(attributesOf(xml, 'testsuites')).toMatchObject({ failures: '1', errors: '0' })
    expect(caseOf(xml, 'the load came to its end')).toContain('<failure message="holes: 3 is above 2" type="aborted">')
  })

  it('has seed, driver, verdict and command among the properties', () => {
    const xml = renderJunit(SAMPLE_RUNS.fail)
    for (const [name, value] of Object.entries({
      seed: '1',
      driver: 'process',
      verdict: 'fail',
      command: 'npm run scenario sketch -- --seed 1',
    })) {
      expect(xml).toContain(`<property name="${name}" value="${value}"/>`)
    }
  })

  it('lets no text become markup, and no control character through', () => {
    const xml = renderJunit(nastyRun())
    expect(xml).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]|<b|]]>|\ud800/)
    expect(xml.isWellFormed()).toBe(true)
    expect(xml).toContain('&lt;b onclick=&quot;x&quot;&gt;&amp;amp;')
    expect(xml.match(/<testcase /g)).toHaveLength(SAMPLE_RUNS.fail.budgets.length + 2)
  })
})
