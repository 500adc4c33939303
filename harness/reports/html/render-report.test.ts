import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deriveCurves } from '../../curves/derive-curves.ts'
import type { Budgets } from '../../scenario/scenario.ts'
import { SAMPLE_HTTP, sampleRun } from '../sample-result.ts'
import { renderReport } from './render-report.ts'
import type { ReportInput } from './report-input.ts'

const PARTS = { style: 'b { color: red }', library: '/* library */', script: '/* script */' }
const LIMITS: Budgets = { crossInstanceP99Ms: { steady: 100 }, steadyAgainSeconds: 5 }

function inputOf(budgets: Budgets, lost: readonly number[] = []): ReportInput {
  const { plan, ledger, result } = sampleRun(budgets, lost)
  return { plan, result, curves: deriveCurves(plan, ledger), whyNoCurves: null, rollCallAtMs: ledger.rollCallAtMs }
}

const render = (input: ReportInput) => renderReport(input, PARTS)
/** As it is read: without tags, runs of blanks as one. */
const textOf = (markup: string) =>
  markup
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

describe('a run that passed', () => {
  const page = render(inputOf(LIMITS))
  const text = textOf(page)

  test('tells the verdict first', () => {
    expect(text).toMatch(/^ pass: sketch ✓ pass sketch Every budget held/)
    expect(page).not.toContain('id="why"')
  })

  test('has every part, with a link to each', () => {
    const parts = ['budgets', 'time', 'faults', 'findings', 'latency', 'generator', 'environment']
    for (const part of parts) {
      expect(page).toContain(`<section id="${part}"`)
      expect(page).toContain(`<a href="#${part}">`)
    }
    expect(page).not.toContain('href="#http"')
  })

  test('tells what the charts show in words', () => {
    expect(text).toContain('p99: always 8.00 ms.')
    expect(text).toContain('outstanding: always 0.')
    expect(text).toContain('chat-2: down from 3.00 s to 4.40 s.')
    expect(text).toContain('across instances: p50 8.00 ms')
  })

  test('tells of the fault and the way back', () => {
    expect(text).toMatch(/1 kill-instance chat-2 at 2\.99 s at 4\.40 s 1 /)
    expect(text).toContain('seen: ended by SIGKILL after 10 ms')
    expect(text).toContain('No delivery was lost.')
  })

  test('says how to run it again', () => {
    expect(text).toContain('npm run scenario sketch -- --seed 1')
    expect(text).toContain('The seed 1 reproduces the plan')
  })

  test('asks for nothing and lets nothing run but its own two scripts', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'")
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; script-src ${hash(PARTS.library)} ${hash(PARTS.script)}`,
    )
    expect(page).not.toMatch(/\b(src|href)="(?!#)/)
  })

  test('every table has a caption, every chart a name and words', () => {
    const count = (pattern: RegExp) => page.match(pattern)!.length
    expect(count(/<caption>/g)).toBe(count(/<table>/g))
    expect(count(/<figure class="chart">/g)).toBe(9)
    for (const [, id] of page.matchAll(/class="plot" id="(\w+)"/g)) {
      expect(page).toContain(`aria-labelledby="${id}-title"`)
      expect(page).toContain(`<h3 id="${id}-title">`)
      expect(page).toContain(`id="${id}-words"`)
    }
  })

  test('hands the script its data', () => {
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)![1]!)
    expect(data).toMatchObject({ fromMs: -2_000, stepMs: 1_000, loadMs: 10_000, rollCallAtMs: 20_000 })
    expect(data.windows).toEqual([{ number: 1, name: 'kill-instance chat-2', fromMs: 2_990, toMs: 4_400 }])
    const cross = data.charts.find(({ id }: { id: string }) => id === 'cross')
    expect(cross.limits).toEqual([{ label: 'p99 budget, steady', value: 100 }])
  })
})

test('a run that failed: what is lost, when, and by which fault, before everything else', () => {
  const page = render(inputOf(LIMITS, [3, 14]))
  const text = textOf(page)
  expect(text).toContain('✗ fail sketch 1 of 13 budgets is broken.')
  expect(text).toContain(
    'broken lost: 2, limit 0 deliveries owed that never came, or that the client had to fetch again when: 1 × steady, 1 × fault',
  )
  expect(page.indexOf('id="why"')).toBeLessThan(page.indexOf('id="numbers"'))
  // The table of the losses.
  expect(text).toMatch(/lost: 2 of 2 cases: owed, but never delivered.* client message sent by/)
  // Broken budgets are at the top of their table.
  expect(text).toMatch(/measured on lost ✗ broken 2 0 run/)
})

test('an invalid run says what to put right', () => {
  const text = textOf(render(inputOf({ crossInstanceP999Ms: 50 })))
  expect(text).toContain('? invalid sketch This run shows nothing, neither good nor bad.')
  expect(text).toContain('Why it shows nothing invalid')
})

test('an aborted run says why', () => {
  const input = inputOf(LIMITS)
  const result = { ...input.result, verdict: 'fail' as const, abortedBecause: 'overdue was 7, above its limit of 5' }
  const text = textOf(render({ ...input, result }))
  expect(text).toContain('✗ fail sketch The load was ended early.')
  expect(text).toContain('aborted The load was ended early overdue was 7')
})

test('a run without curves is told all the same', () => {
  const page = render({ ...inputOf(LIMITS), curves: null, whyNoCurves: 'a histogram is <damaged>' })
  expect(page).toContain('There are no curves: a histogram is &lt;damaged&gt;.')
  expect(page).not.toContain('<script')
})

test('HTTP, where there was any', () => {
  const input = inputOf(LIMITS)
  const text = textOf(render({ ...input, result: { ...input.result, http: SAMPLE_HTTP } }))
  expect(text).toContain('2 errors, 1 published messages lost')
  expect(text).toContain('readyz 1,790 1,800 1,787 1 × 503 1')
})

test('no text of a run becomes markup', () => {
  const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\''
  const { plan, result, ...rest } = inputOf(LIMITS, [3, 14])
  const lost = result.findings.lost!
  const page = render({
    ...rest,
    plan,
    result: {
      ...result,
      scenario: evil,
      driver: evil,
      command: evil,
      invalidBecause: [evil],
      abortedBecause: evil,
      durationsSeconds: { [evil]: 1 },
      environment: { ...result.environment, node: evil, redis: evil, os: evil },
      faults: result.faults.map(fault => ({ ...fault, target: evil, evidence: evil })),
      memory: [{ instance: evil, usualMiB: 1, highestMiB: 2, growthMiB: 1, samples: 3 }],
      http: { ...SAMPLE_HTTP, examples: [evil] },
      findings: {
        ...result.findings,
        lost: {
          ...lost,
          breakdown: { ...lost.breakdown, fault: { [evil]: 2 }, instance: { [evil]: 2 } },
          examples: lost.examples.map(example => ({
            ...example,
            what: evil,
            client: evil,
            room: evil,
            sender: evil,
            fault: evil,
          })),
        },
      },
    },
    curves: { ...rest.curves!, instances: rest.curves!.instances.map(lane => ({ ...lane, name: evil })) },
  })
  expect(page.match(/<script/g)).toHaveLength(3)
  expect(page).not.toContain('<img')
  // It is there, as text.
  expect(page).toContain(
    '&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;',
  )
})
