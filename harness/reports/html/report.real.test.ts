/** Reports in a real Chromium: nothing is asked for, nothing goes wrong, everything is drawn, and nothing is wider than a phone. */

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Curves, LatencyCurves } from '../../curves/curves.ts'
import { deriveCurves } from '../../curves/derive-curves.ts'
import { IS_FULL } from '../../full-tests.ts'
import { SAMPLE_HTTP, sampleRun } from '../sample-result.ts'
import { readPageParts } from './page-parts.ts'
import { renderReport } from './render-report.ts'
import type { ReportInput } from './report-input.ts'
import { coloursDrawn, launchChromium, type OpenedPage, openPage } from './test-browser.ts'

/** Width and colours. */
const LOOKS = [
  [390, 'dark'],
  [1280, 'light'],
  ...(IS_FULL
    ? ([
        [390, 'light'],
        [1280, 'dark'],
      ] as const)
    : []),
] as const
const CHARTS = 9
const EVIL =
  '</script><script>window.wasRun = true</script><img src="http://127.0.0.1:9/x" onerror="window.wasRun = true">'

let browser: Browser
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-report-'))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

function passing(): ReportInput {
  const { plan, ledger, result } = sampleRun({ crossInstanceP99Ms: { steady: 100 } })
  return { plan, result, curves: deriveCurves(plan, ledger), whyNoCurves: null, rollCallAtMs: ledger.rollCallAtMs }
}

function failing(): ReportInput {
  const { plan, ledger, result } = sampleRun({}, [3, 14])
  const lost = result.findings.lost!
  const examples = lost.examples.map(example => ({ ...example, what: EVIL, room: EVIL, fault: EVIL }))
  return {
    plan,
    result: {
      ...result,
      http: SAMPLE_HTTP,
      faults: result.faults.map(fault => ({ ...fault, target: EVIL, evidence: EVIL })),
      findings: { ...result.findings, lost: { ...lost, examples } },
    },
    curves: deriveCurves(plan, ledger),
    whyNoCurves: null,
    rollCallAtMs: ledger.rollCallAtMs,
  }
}

function invalid(): ReportInput {
  const { plan, ledger, result } = sampleRun({ crossInstanceP999Ms: 5 })
  return { plan, result, curves: deriveCurves(plan, ledger), whyNoCurves: null, rollCallAtMs: ledger.rollCallAtMs }
}

/** Five minutes and a little more of everything. */
function long(): ReportInput {
  const input = passing()
  const steps = 330
  const wave = (height: number) =>
    Array.from({ length: steps }, (_, step) => height * (1.5 + Math.sin(step / 7)) + step / 7)
  const latency: LatencyCurves = { p50: wave(3), p99: wave(9), max: wave(40), count: wave(1000).map(Math.round) }
  const curves: Curves = {
    ...input.curves!,
    latencyMs: { cross: latency, same: latency, ack: latency, sendLag: latency },
    perSecond: { sent: wave(900), acked: wave(880), delivered: wave(12_000) },
    connected: wave(1200).map(Math.round),
    outstanding: wave(60).map(Math.round),
  }
  return { ...input, plan: { ...input.plan, loadMs: 300_000 }, curves, rollCallAtMs: 315_000 }
}

function write(input: ReportInput, name: string): string {
  const path = join(folder, `${name}.html`)
  writeFileSync(path, renderReport(input, readPageParts()))
  return path
}

interface Opened extends OpenedPage {
  readonly path: string
}

async function open(input: ReportInput, name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const path = write(input, name)
  return { path, ...(await openPage(browser, path, width, colorScheme)) }
}

const RUNS = { passing, failing, invalid, long } as const

describe.each(Object.entries(RUNS))('a run: %s', (name, input) => {
  it.each(LOOKS)(
    'at %i, %s: opens without a request or a complaint, draws all, and is not too wide',
    async (width, scheme) => {
      const { page, path, requests, complaints } = await open(input(), name, width, scheme)
      expect(complaints).toEqual([])
      expect(requests).toEqual([pathToFileURL(path).href])
      const colours = await coloursDrawn(page)
      expect(colours).toHaveLength(CHARTS)
      for (const count of colours) expect(count).toBeGreaterThan(5)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect(await page.evaluate('window.wasRun')).toBeUndefined()
      const background = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
      const isDark = Number(/\d+/.exec(background)![0]) < 100
      expect(isDark).toBe(scheme === 'dark')
      await page.close()
    },
  )
})

it('a run of five minutes is below 2 MB and opens at once', async () => {
  const { page, path, openedMs } = await open(long(), 'long', 1280, 'light')
  expect(statSync(path).size).toBeLessThan(2_000_000)
  // A third of a second on a quiet machine.
  expect(openedMs).toBeLessThan(3_000)
  await page.close()
})

it('a change of the colours or of the width draws anew', async () => {
  const { page, complaints } = await open(passing(), 'passing', 1280, 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.waitForFunction('document.querySelector(".plot canvas").clientWidth < 390')
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  expect((await coloursDrawn(page)).every(count => count > 5)).toBe(true)
  expect(await page.evaluate('document.querySelectorAll(".uplot").length')).toBe(CHARTS)
  expect(complaints).toEqual([])
  await page.close()
})

it('a part of the time that is chosen in one chart is shown in all, lanes too', async () => {
  const { page } = await open(passing(), 'passing', 1280, 'light')
  const chart = page.locator('#cross .u-over')
  const box = (await chart.boundingBox())!
  await chart.scrollIntoViewIfNeeded()
  const { x, y } = (await chart.boundingBox())!
  await page.mouse.move(x + box.width * 0.2, y + 50)
  await page.mouse.down()
  await page.mouse.move(x + box.width * 0.4, y + 50, { steps: 5 })
  await page.mouse.up()
  const length = await page.evaluate('Number(document.querySelector(".lanes").style.getPropertyValue("--length"))')
  expect(length).toBeGreaterThan(3_000)
  expect(length).toBeLessThan(6_000)
  await page.close()
})

it('without its script the page still tells everything in words', async () => {
  const path = write(passing(), 'without-script')
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(pathToFileURL(path).href)
  expect(await page.locator('#cross-words').textContent()).toContain('p99: always 8.00 ms.')
  await context.close()
})
