/** A harness that is ended before its run is over heals and clears away, or the next one does. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IS_FULL } from './full-tests.ts'
import { expectNothingAnswers, processesWith, runContainersAndNetworks } from './leftovers.ts'
import type { Load, Scenario } from './scenario/scenario.ts'
import { TestProject } from './test-project.ts'

const LOAD: Load = { rooms: 4, clients: 40, messagesPerSecond: 60, textBytes: 60, seconds: 4, warmUpSeconds: 0 }
/** Without limits on time: some of these runs go side by side. */
const SHORT: Scenario = { about: 'Over soon.', topology: { instances: 2 }, load: LOAD, budgets: {} }
/** Down until somebody heals it. */
const LONG_KILL: Scenario = {
  ...SHORT,
  about: 'An instance is down from the beginning.',
  load: { ...LOAD, seconds: 300 },
  faults: [{ kind: 'kill-instance', target: 'chat-2', atSeconds: 0, downSeconds: 200 }],
}

let project: TestProject
/** Folders of runs, so that each is new. */
let runs = 0

beforeAll(() => {
  project = new TestProject({ short: SHORT, 'long-kill': LONG_KILL })
})

afterAll(() => project[Symbol.asyncDispose]())

/** A run, and its folder. */
function start(scenario: string, driver: string, how: 'npm' | 'alone' = 'alone') {
  const name = `run-${++runs}`
  return { harness: project.start(scenario, driver, name, how), out: join(project.folder, name) }
}

async function expectNothingIsLeft(driver: string, out: string): Promise<void> {
  expect(processesWith(out)).toEqual([])
  if (driver === 'docker') expect(await runContainersAndNetworks()).toEqual([])
}

/** What `npm test` runs of each driver: every way once, and one of a healing with containers. */
const WAYS = [
  { what: 'SIGINT to the harness', how: 'alone', signal: 'SIGINT', drivers: ['process', 'docker'] },
  { what: 'SIGTERM to npm above it', how: 'npm', signal: 'SIGTERM', drivers: ['process'] },
  { what: 'SIGHUP to the harness', how: 'alone', signal: 'SIGHUP', drivers: [] },
] as const

describe.each(['process', 'docker'])('a harness on %s that is ended early', driver => {
  it.each(WAYS.filter(({ drivers }) => IS_FULL || drivers.some(one => one === driver)))(
    'by $what heals, clears away and keeps the folder',
    async ({ how, signal }) => {
      const { harness, out } = start('long-kill', driver, how)
      await harness.waitFor('kill-instance chat')
      harness.child.kill(signal)
      const end = await harness.ended
      if (how === 'alone') expect(end.exitCode, end.output).toBe(130)
      expect(end.output).toContain('healing and clearing away')
      expect(end.output).toMatch(/kill-instance chat-\d: healed/)
      expect(existsSync(join(out, 'plan.json'))).toBe(true)
      await expectNothingAnswers(end.output)
      await expectNothingIsLeft(driver, out)
    },
  )

  it('while the cluster starts, exits with 130 and leaves nothing behind', async () => {
    const { harness, out } = start('short', driver)
    await harness.waitFor('starting')
    harness.child.kill('SIGINT')
    const end = await harness.ended
    expect(end.exitCode, end.output).toBe(130)
    expect(end.output).not.toMatch(/^\s+at /m)
    await expectNothingIsLeft(driver, out)
  })

  it.runIf(IS_FULL || driver === 'process')(
    'whose output nobody reads any more still heals and clears away',
    async () => {
      const { harness, out } = start('long-kill', driver)
      await harness.waitFor('kill-instance chat')
      harness.child.stdout!.destroy()
      harness.child.stderr!.destroy()
      harness.child.kill('SIGHUP')
      const end = await harness.ended
      expect(end.exitCode).toBe(130)
      await expectNothingAnswers(end.output)
      await expectNothingIsLeft(driver, out)
    },
  )

  it.runIf(IS_FULL || driver === 'process')(
    'by SIGKILL leaves things that the next run reaps, while a run beside it is left alone',
    async () => {
      const beside = start('short', driver).harness
      const { harness: killed, out } = start('short', driver)
      await killed.waitFor('load …')
      killed.child.kill('SIGKILL')
      await killed.ended
      const next = await start('short', driver).harness.ended
      const end = await beside.ended
      expect(next.output).toContain('reaped')
      expect(next.exitCode, next.output).toBe(0)
      expect(end.exitCode, end.output).toBe(0)
      await expectNothingAnswers(killed.output)
      expect(processesWith(out)).toEqual([])
    },
  )
})
