/** Whole runs on a stack that was brought up by somebody else, as its users start them. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stateFolder } from './cluster/state-folder.ts'
import { TestStack } from './cluster/test-stack.ts'
import { HarnessProcess, newFolder, readResult } from './harness-process.ts'
import type { Scenario } from './scenario/scenario.ts'
import { TestProject } from './test-project.ts'

const AS_FOUND = ['running 1', 'running 1']
/** Without limits on time: the run shares a machine with other tests. */
const BASE: Scenario = {
  about: 'A test.',
  topology: { instances: 5 },
  load: { rooms: 4, clients: 40, messagesPerSecond: 60, textBytes: 60, seconds: 12, warmUpSeconds: 1 },
  // With one of two down, a balancer that has not seen the other one come back yet refuses somebody.
  budgets: { connectsFailed: 1000 },
}
let stack: TestStack
let project: TestProject

beforeAll(async () => {
  stack = await TestStack.start({ DRAIN_SPREAD_MS: '500', DRAIN_NOTICE_MS: '1500' })
  project = new TestProject({
    'kill-and-stop': {
      ...BASE,
      faults: [
        { kind: 'kill-instance', target: 'chat-1', atSeconds: 1 },
        { kind: 'stop-instance', target: 'chat-2', atSeconds: 7 },
      ],
    },
    'long-pause': {
      ...BASE,
      load: { ...BASE.load, seconds: 200 },
      faults: [{ kind: 'pause-instance', target: 'chat-2', atSeconds: 0, forSeconds: 150 }],
    },
    'cut-redis': { ...BASE, faults: [{ kind: 'cut-redis', atSeconds: 1 }] },
  })
}, 120_000)
afterAll(async () => {
  await project?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

function start(scenario: string, out = newFolder()): HarnessProcess {
  const flags = ['--driver', 'compose', '--compose-project', stack.project, '--seed', '7', '--out', out]
  return new HarnessProcess(['scenario', join(project.folder, 'scenarios', `${scenario}.ts`), ...flags])
}

it('kills and stops instances of a stack under load, passes, and leaves it as it was', async () => {
  const out = newFolder()
  const { exitCode, output } = await start('kill-and-stop', out).ended
  expect(exitCode, output).toBe(0)
  expect(output).toContain(`chat-2 is ${stack.project}_chat_2`)
  expect(output).toContain("2 instances, as many as run there, instead of the scenario's 5")
  const result = readResult(out)
  expect(result).toMatchObject({ driver: 'compose', verdict: 'pass', size: { instances: 2 } })
  expect(result.faults.map(({ kind, target, status }) => [kind, target, status])).toEqual([
    ['kill-instance', 'chat-1', 'fired'],
    ['stop-instance', 'chat-2', 'fired'],
  ])
  expect(result.faults.every(({ healedAtMs }) => healedAtMs !== null)).toBe(true)
  expect(result.counts).toMatchObject({ lost: 0, stranded: 0 })
  expect(result.counts.obligations).toBeGreaterThan(1000)
  expect(result.command).toContain(`--driver compose --seed 7 --compose-project ${stack.project}`)
  expect(await stack.states()).toEqual(AS_FOUND)
}, 120_000)

it('Ctrl-C while an instance is paused: it goes on, and the record of it is gone', async () => {
  const harness = start('long-pause')
  await harness.waitFor('pause-instance chat-2: fired')
  expect(await stack.states()).toEqual(['running 1', 'paused 1'])
  harness.child.kill('SIGINT')
  const { exitCode, output } = await harness.ended
  expect(exitCode, output).toBe(130)
  expect(await stack.states()).toEqual(AS_FOUND)
  expect(readdirSync(stateFolder()).filter(name => name.startsWith(stack.project))).toEqual([])
}, 120_000)

it('a scenario that needs another stack is refused before anything is touched, with exit code 2', async () => {
  const { exitCode, output } = await start('cut-redis').ended
  expect(exitCode, output).toBe(2)
  expect(output).toContain('--driver compose: found the fault cut-redis, but the links')
  expect(output).not.toContain('    at ')
})
