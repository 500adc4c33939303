/** Whole runs about faults as such: that did not fire, that were open when the harness or a worker died, that change who is there. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { IS_FULL } from './full-tests.ts'
import { readResult, runHarness } from './harness-process.ts'
import type { Ledger } from './ledger/ledger.ts'
import { readLedger } from './ledger/read-ledger.ts'
import { expectNothingAnswers } from './leftovers.ts'
import { readPlan } from './run-folder.ts'
import type { Load, Scenario } from './scenario/scenario.ts'
import { TestProject } from './test-project.ts'

const LOAD: Load = { rooms: 4, clients: 60, messagesPerSecond: 60, textBytes: 60, seconds: 4, warmUpSeconds: 0 }
/** Without limits on time: these runs share a machine with other tests. */
const BASE: Scenario = { about: 'A test.', topology: { instances: 3 }, load: LOAD, budgets: {} }

/** The processes that a process has started, by a part of their command line. */
function childrenOf(parent: number, part: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        const [, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
        return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part)
      } catch {
        return false // It has just ended.
      }
    })
}

async function ledgerOf(folder: string): Promise<Ledger> {
  const { plan } = readPlan({ path: folder })
  return readLedger(folder, plan)
}

const LONG_KILL: Scenario = {
  ...BASE,
  load: { ...LOAD, seconds: 300 },
  faults: [{ kind: 'kill-instance', target: 'chat-2', atSeconds: 0, downSeconds: 200 }],
}

describe.each(IS_FULL ? ['process', 'docker'] : ['process'])('on %s', driver => {
  it('a fault that silently does not fire makes the run invalid, exit code 3, and it says why', async () => {
    await using project = new TestProject({
      'add-one': { ...BASE, faults: [{ kind: 'add-instance', atSeconds: 1 }] },
    })
    project.changeService('main.ts', 'import', `if (process.env.INSTANCE_NAME === 'chat-4') process.exit(0)\nimport`)
    const end = await project.run('add-one', driver, 'out')
    expect(end.exitCode, end.output).toBe(3)
    const { verdict, invalidBecause, faults } = readResult(join(project.folder, 'out'))
    expect(verdict).toBe('invalid')
    expect(invalidBecause.join('\n')).toContain(
      'add-instance on chat-4, planned at 1 s, did not fire: chat-4 was to be',
    )
    expect(faults).toMatchObject([{ status: 'not-fired', effectAtMs: null }])
    expect(end.output).toContain('add-instance chat-4: not fired')
    await expectNothingAnswers(end.output)
  }, 120_000)

  it('a harness that is killed during a fault leaves word of it, and the next start says so and clears away', async () => {
    await using project = new TestProject({ 'long-kill': LONG_KILL })
    const killed = project.start('long-kill', driver, 'killed')
    await killed.waitFor('kill-instance chat-2: fired')
    killed.child.kill('SIGKILL')
    await killed.ended

    // Even one that cannot be run clears away first.
    const next = await project.run('no-such-scenario', driver, 'next')
    expect(next.exitCode, next.output).toBe(2)
    expect(next.output).toMatch(
      /run [0-9a-f]{8} was killed during kill-instance on chat-2; to be undone was: start chat-2\. All of that run has been cleared away/,
    )
    await expectNothingAnswers(killed.output)
    const journal = readFileSync(join(project.folder, 'killed', 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(journal.map(line => JSON.parse(line))).toMatchObject([
      { is: 'injecting', fault: 0, target: 'chat-2' },
      { is: 'healed', fault: 0, by: 'clearing-away' },
    ])
    const again = await project.run('no-such-scenario', driver, 'again')
    expect(again.output).not.toContain('was killed during')
  }, 120_000)
})

it('a load worker that dies while an instance is down: it is started again, and all is cleared away', async () => {
  await using project = new TestProject({ 'long-kill': LONG_KILL })
  const harness = project.start('long-kill', 'process', 'out')
  await harness.waitFor('kill-instance chat-2: fired')
  const [worker] = childrenOf(harness.child.pid!, 'load/worker.ts')
  process.kill(worker!, 'SIGKILL')
  const end = await harness.ended
  expect(end.exitCode, end.output).toBe(3)
  expect(end.output).toContain('load worker 0 ended with SIGKILL')
  expect(end.output).toContain('kill-instance chat-2: healed')
  const journal = readFileSync(join(project.folder, 'out', 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
  expect(JSON.parse(journal.at(-1)!)).toEqual({ is: 'healed', fault: 0 })
  await expectNothingAnswers(end.output)
}, 120_000)

it('clients move to an instance that is added, and never again to one that is removed', async () => {
  await using project = new TestProject({
    'in-and-out': {
      ...BASE,
      load: { ...LOAD, seconds: 12 },
      faults: [
        { kind: 'add-instance', atSeconds: 1 },
        { kind: 'remove-instance', target: 'chat-1', atSeconds: 5 },
      ],
    },
  })
  const end = await project.run('in-and-out', 'process', 'out')
  expect(end.exitCode, end.output).toBe(0)
  const { clients, faults } = await ledgerOf(join(project.folder, 'out'))
  const connections = clients.flatMap(client => client.connections)
  const [added, removed] = faults
  // While the fourth was there and the first not yet gone, a quarter of them had moved.
  const movers = connections.filter(
    ({ instance, openedAtMs }) =>
      instance === 3 && openedAtMs >= added!.effectAtMs! && openedAtMs < removed!.firedAtMs!,
  )
  expect(movers).toHaveLength(15)
  // A handshake that had begun by then may still end well.
  const HANDSHAKE_MS = 500
  const strays = connections.filter(
    ({ instance, openedAtMs }) => instance === 0 && openedAtMs > removed!.firedAtMs! + HANDSHAKE_MS,
  )
  expect(strays).toEqual([])
  const atEnd = clients.map(client => client.connections.at(-1)!.instance)
  const counts = [0, 1, 2, 3].map(instance => atEnd.filter(at => at === instance).length)
  expect(counts).toEqual([0, 20, 20, 20])
}, 120_000)

it('a load that is of no use any more ends early, heals, and is judged: fail', async () => {
  await using project = new TestProject({
    useless: {
      ...BASE,
      load: { ...LOAD, seconds: 120 },
      abortWhen: { overdue: 50 },
      deadlineSeconds: 1,
      settleSecondsMax: 8,
      faults: [
        { kind: 'kill-instance', target: 'chat-1', atSeconds: 0.5, downSeconds: 110 },
        { kind: 'kill-instance', target: 'chat-2', atSeconds: 115 },
      ],
    },
  })
  project.changeService('room.ts', 'member.writeBatch(batch)', 'void member')
  const end = await project.run('useless', 'process', 'out')
  expect(end.exitCode, end.output).toBe(1)
  const out = join(project.folder, 'out')
  const { verdict, abortedBecause, invalidBecause, faults, generator, counts, durationsSeconds } = readResult(out)
  expect(verdict).toBe('fail')
  expect(abortedBecause).toMatch(/^overdue was \d+, above its limit of 50/)
  expect(end.output).toContain(`aborted, because\n  ${abortedBecause}`)
  expect(durationsSeconds.load).toBeLessThan(60)
  expect(counts.lost).toBeGreaterThan(0)
  expect(faults).toMatchObject([
    { target: 'chat-1', status: 'fired', healedAtMs: expect.any(Number) },
    { target: 'chat-2', status: 'not-fired', firedAtMs: null },
  ])
  expect(invalidBecause.join('\n')).not.toMatch(/did not fire|handed over|never healed|healing failed/)
  expect(generator.plannedSends).toBeLessThan(60 * LOAD.messagesPerSecond)
  await expectNothingAnswers(end.output)
  const again = await project.run('no-such-scenario', 'process', 'again')
  expect(again.output).not.toContain('was killed during')
}, 120_000)

it.each(['restart-redis', 'fill-redis'])("%s is refused on a Redis that is not the run's own", async scenario => {
  const end = await runHarness('scenario', scenario, '--driver', 'process', '--redis-url', 'redis://127.0.0.1:1')
  expect(end.exitCode, end.output).toBe(2)
  expect(end.output).toContain(`--redis-url: expected no --redis-url with a scenario that has ${scenario}`)
})
