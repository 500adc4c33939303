/** Chromium as this machine has it. */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']
/** Without a sandbox, since it cannot be had as root in a container; the pages are the project's own. */
export const CHROMIUM_ARGUMENTS = ['--no-sandbox']

/** The path of the program. Throws, with what to do, where there is none. */
export function findChromium(path = process.env.PATH ?? ''): string {
  for (const folder of path.split(delimiter)) {
    for (const program of PROGRAMS) if (canRun(join(folder, program))) return join(folder, program)
  }
  throw new Error(
    `expected one of ${PROGRAMS.join(', ')} on the PATH, found none; "npm run setup -- --all" installs it`,
  )
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
