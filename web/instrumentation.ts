/** Run by Next once, before the server answers anybody. */

export async function register(): Promise<void> {
  // Next compiles this file for its other runtime too, which has no processes; this is the form that it leaves out there.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { checkSettings } = await import('./settings-check.ts')
    checkSettings()
    const { exitWithZeroWhenTerminated } = await import('./exit-code.ts')
    exitWithZeroWhenTerminated()
  }
}
