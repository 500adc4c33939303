import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHarness, runScenarioFile } from './run-scenario-file.ts'
import { writeScenario } from './write-regression.ts'

/** Longer than any of these processes lives. */
const LONG_SECONDS = 50
const STAYS_UNTIL_SIGINT = `
  process.on('SIGINT', () => { console.log('healed'); process.exit(130) })
  setInterval(() => {}, 1000)
`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-run-file-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function runScript(script: string, seconds = LONG_SECONDS, interruption = new AbortController().signal) {
  return runHarness(['-e', script], seconds, interruption)
}

describe('a process of the harness', () => {
  test('is told with its exit code, its output, and its errors apart', async () => {
    const { end, output } = await runScript("console.log('said'); console.error('complained'); process.exitCode = 3")
    expect(end).toEqual({ exitCode: 3, signal: null, errors: 'complained\n', isTimeUp: false })
    expect(output).toContain('said\n')
    expect(output).toContain('complained\n')
  })

  test('that is killed is told with the signal', async () => {
    const { end } = await runScript("process.kill(process.pid, 'SIGKILL')")
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', isTimeUp: false })
  })

  test('that does not end in its time is ended', async () => {
    const { end } = await runScript(STAYS_UNTIL_SIGINT, 1)
    expect(end.isTimeUp).toBe(true)
  })

  test('heals at an interruption, and is waited for', async () => {
    const ready = join(folder, 'ready')
    const controller = new AbortController()
    const script = `${STAYS_UNTIL_SIGINT}; require('node:fs').writeFileSync(${JSON.stringify(ready)}, '')`
    const running = runScript(script, LONG_SECONDS, controller.signal)
    while (!existsSync(ready)) await setImmediate()
    controller.abort(new Error('enough'))
    const { end, output } = await running
    expect(end).toMatchObject({ exitCode: 130, isTimeUp: false })
    expect(output).toContain('healed')
  })
})

describe('a scenario file', () => {
  const scenario = {
    about: 'Small.',
    topology: { instances: 2 },
    load: { rooms: 1, clients: 4, messagesPerSecond: 20, textBytes: 30, seconds: 2 },
    budgets: {},
  }
  const where = { seed: 7, driver: 'process', serviceFolder: null } as const

  test('that passes', async () => {
    const [file, out] = [join(folder, 'small.ts'), join(folder, 'passed')]
    writeScenario(file, scenario)
    const { signal: interruption } = new AbortController()
    const { outcome, seconds } = await runScenarioFile({ ...where, file, scenario, out, interruption })
    expect(outcome).toEqual({ is: 'passed' })
    expect(seconds).toBeGreaterThan(scenario.load.seconds)
    expect(existsSync(join(out, 'output.txt'))).toBe(true)
  })

  test('that cannot be run says why', async () => {
    const { signal: interruption } = new AbortController()
    const file = join(folder, 'missing.ts')
    const { outcome } = await runScenarioFile({ ...where, file, scenario, out: join(folder, 'none'), interruption })
    expect(outcome).toMatchObject({ is: 'invalid', because: expect.stringContaining('missing.ts') })
  })

  test('is not begun after an interruption', async () => {
    const out = join(folder, 'never')
    const interruption = AbortSignal.abort(new Error('enough'))
    const running = runScenarioFile({ ...where, file: join(folder, 'small.ts'), scenario, out, interruption })
    await expect(running).rejects.toThrow('enough')
    expect(existsSync(out)).toBe(false)
  })
})
