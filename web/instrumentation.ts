/** Run by Next once, before the server answers anybody. */

/** Settings that cannot be used end the server at once, with exit code 2 and what to do, and not at the first visitor. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NEXT_PHASE === 'phase-production-build') return
  const { readSettings, SettingsError } = await import('./settings.ts')
  try {
    readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}
