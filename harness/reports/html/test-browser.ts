/** Test support: pages that the harness writes, opened in a real Chromium. */

import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS, findChromium } from '../../browsers/chromium.ts'

export interface OpenedPage {
  readonly page: Page
  /** All addresses that were asked for. */
  readonly requests: readonly string[]
  /** Whatever came to the console, and errors that nobody caught. */
  readonly complaints: readonly string[]
  /** Until everything was drawn. */
  readonly openedMs: number
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS })
}

/** @param path of a file */
export async function openPage(
  browser: Browser,
  path: string,
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme })
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', request => requests.push(request.url()))
  page.on('console', message => complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  const startMs = performance.now()
  await page.goto(pathToFileURL(path).href)
  // uPlot draws in a microtask of its own.
  await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  return { page, requests, complaints, openedMs: performance.now() - startMs }
}

/** Of each chart's canvas: how many different colours are in it. One alone would be nothing drawn. */
export function coloursDrawn(page: Page): Promise<number[]> {
  return page.evaluate(
    `[...document.querySelectorAll('.plot canvas')].map(canvas => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return new Set(new Uint32Array(data.buffer)).size
    })`,
  )
}
