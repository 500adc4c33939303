/** The file that starts a service: its source, which Node runs as it is, or what that was compiled to. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const SOURCE_ENTRY = 'main.ts'
const COMPILED_ENTRY = 'main.js'

/** Of the service in that folder; null where there is none. */
export function serviceEntry(serviceFolder: string): string | null {
  return [SOURCE_ENTRY, COMPILED_ENTRY].find(entry => existsSync(join(serviceFolder, entry))) ?? null
}
