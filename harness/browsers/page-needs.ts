/** What a run with pages needs beside what every run needs. */

import type { PagesSetUp } from '../load/load-messages.ts'
import { findChromium } from './chromium.ts'
import { findFrontEnd } from './front-end.ts'

/** Throws an error that names all that is missing, and what to do about it. */
export function findPageNeeds(): Pick<PagesSetUp, 'chromium' | 'frontEnd'> {
  const missing: string[] = []
  const look = <Found>(find: () => Found): Found | null => {
    try {
      return find()
    } catch (error) {
      missing.push((error as Error).message)
      return null
    }
  }
  look(findDriver)
  const chromium = look(findChromium)
  const frontEnd = look(findFrontEnd)
  if (missing.length === 0) return { chromium: chromium!, frontEnd: frontEnd! }
  throw new Error(missing.map(line => `\n  - ${line}`).join(''))
}

/** It is an optional dependency. */
function findDriver(): void {
  try {
    import.meta.resolve('playwright-core')
  } catch {
    throw new Error('expected the npm package playwright-core, found none; "npm install playwright-core" installs it')
  }
}
