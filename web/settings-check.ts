/** Settings that cannot be used end the server at its start, and not at the first visitor. */

import { readSettings, SettingsError } from './settings.ts'

const EXIT_UNUSABLE = 2

/** Ends the process with exit code 2 and what to do, without a stack trace. A build is not told anything, so it is not asked. */
export function checkSettings(): void {
  if (process.env.NEXT_PHASE === 'phase-production-build') return
  try {
    readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EXIT_UNUSABLE)
  }
}
