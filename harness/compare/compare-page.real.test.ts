/** The page of a comparison in a real Chromium: nothing is asked for, nothing goes wrong, every chart is drawn, and nothing is wider than a phone. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deriveCurves } from '../curves/derive-curves.ts'
import { coloursDrawn, launchChromium, openPage } from '../reports/html/test-browser.ts'
import { sampleRun as sampleReport } from '../reports/sample-result.ts'
import { renderComparePage } from './compare-page.ts'
import { compareSides } from './compare-sides.ts'
import { FLOORS } from './floors.ts'
import { runWithMedian, sampleRun, sideOf } from './sample-runs.ts'
import type { Side } from './side.ts'

/** Of what the sample run has: latency and percentiles of three kinds, deliveries, outstanding, connected. */
const CHARTS = 9

let browser: Browser
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-compare-page-'))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

function withCurves(side: Side): Side {
  const { plan, ledger } = sampleReport({})
  const curves = deriveCurves(plan, ledger)
  return { ...side, runs: side.runs.map(run => ({ ...run, curves })) }
}

it.each([
  [390, 'dark'],
  [1280, 'light'],
] as const)(
  'at %i, %s: opens without a request or a complaint, draws both sides, and is not too wide',
  async (width, colorScheme) => {
    const [old, fresh] = [
      sideOf('old', [sampleRun()]),
      sideOf(
        'new',
        [200, 300, 400].map(p50 => runWithMedian(p50)),
      ),
    ]
    const path = join(folder, `${width}-${colorScheme}.html`)
    writeFileSync(path, renderComparePage(compareSides(withCurves(old), withCurves(fresh), FLOORS)))
    const { page, requests, complaints } = await openPage(browser, path, width, colorScheme)
    expect(complaints).toEqual([])
    expect(requests).toEqual([pathToFileURL(path).href])
    const colours = await coloursDrawn(page)
    expect(colours).toHaveLength(CHARTS)
    // Of grid, numbers and lines; an empty canvas has one.
    for (const count of colours) expect(count).toBeGreaterThan(5)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    await page.close()
  },
)
