import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { Target, TargetAddress, TargetClient } from '../targets/target.ts'
import { LoadRecorder } from './load-recorder.ts'
import { LoadWorker } from './load-worker.ts'

const PLAN = makePlan(
  'x',
  {
    about: 'An example.',
    topology: { instances: 3 },
    load: { rooms: 4, clients: 60, messagesPerSecond: 100, textBytes: 60, seconds: 10, warmUpSeconds: 0 },
    budgets: {},
  },
  1,
)

const addresses = (...instances: number[]): TargetAddress[] =>
  instances.map(instance => ({ instance, host: '127.0.0.1', port: 9000 + instance }))

/** Notes what it is asked. */
class FakeTarget implements Target {
  readonly used: number[][] = []
  readonly homes = new Map<string, number>()
  /** Who went home, where, and when. */
  readonly moves: { readonly client: string; readonly to: number; readonly atMs: number }[] = []
  readonly sent: number[] = []

  createClient(name: string, instance: number): TargetClient {
    this.homes.set(name, instance)
    return {
      instance: 0,
      connect: () => {},
      join: () => {},
      leave: () => {},
      send: (_room, _text, handle) => void this.sent.push(handle),
      setHome: home => void this.homes.set(name, home),
      goHome: () => this.moves.push({ client: name, to: this.homes.get(name)!, atMs: Date.now() }) > 0,
      end: () => {},
    }
  }

  useAddresses(list: readonly TargetAddress[]): void {
    this.used.push(list.map(({ instance }) => instance))
  }

  readLog(): never {
    throw new Error('nobody reads here')
  }
}

let folder: string
let ledgers = 0
const open: LedgerWriter[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-worker-'))
  // Not `performance`, of which the worker asks how busy it is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  // A file that is still being opened would not find its folder.
  await Promise.all(open.splice(0).map(ledger => ledger.close()))
  rmSync(folder, { recursive: true })
})

async function connected(worker = 0, workers = 1) {
  const target = new FakeTarget()
  const path = join(folder, `${ledgers++}.jsonl`)
  const ledger = new LedgerWriter(path)
  open.push(ledger)
  const recorder = new LoadRecorder(PLAN, ledger, new LatencyHistograms(worker), () => Date.now())
  const load = new LoadWorker({ plan: PLAN, worker, workers, target, recorder, connectsPerSecond: 500 })
  const connecting = load.connect()
  await vi.runAllTimersAsync()
  await connecting
  /** Ends it, and reads back what it says of itself. */
  const finish = async () => {
    vi.useRealTimers()
    await load.finish()
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    const line = lines.map(text => JSON.parse(text) as unknown[]).find(([kind]) => kind === 'generator')!
    return { plannedSends: line[2], handedSends: line[3] }
  }
  return { target, load, recorder, finish }
}

describe('other addresses', () => {
  test('an instance that was added: a fair share of the clients moves there, paced', async () => {
    const { target, load } = await connected()
    const moving = load.useAddresses(addresses(0, 1, 2, 3))
    expect(target.used).toEqual([[0, 1, 2, 3]])
    await vi.runAllTimersAsync()
    await moving
    expect(target.moves).toHaveLength(15)
    expect(new Set(target.moves.map(({ to }) => to))).toEqual(new Set([3]))
    const gapsMs = target.moves.slice(1).map(({ atMs }, index) => atMs - target.moves[index]!.atMs)
    expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(20)
  })

  test('an instance that is removed: its clients have another home, and nobody moves for that', async () => {
    const { target, load } = await connected()
    const before = new Map(target.homes)
    await load.useAddresses(addresses(0, 2))
    expect(target.used).toEqual([[0, 2]])
    expect(target.moves).toEqual([])
    for (const [name, home] of target.homes) {
      if (before.get(name) === 1) expect([0, 2]).toContain(home)
      else expect(home).toBe(before.get(name))
    }
  })

  test('two workers make the same of it as one', async () => {
    const one = await connected()
    const halves = [await connected(0, 2), await connected(1, 2)]
    for (const { load } of [one, ...halves]) {
      const done = load.useAddresses(addresses(0, 1, 2, 3)).then(() => load.useAddresses(addresses(0, 2, 3)))
      await vi.runAllTimersAsync()
      await done
    }
    const together = new Map(halves.flatMap(({ target }) => [...target.homes]))
    expect(together).toEqual(one.target.homes)
    const moved = halves.flatMap(({ target }) => target.moves.map(({ client }) => client))
    expect(moved.sort()).toEqual(one.target.moves.map(({ client }) => client).sort())
  })
})

describe('a load that is stopped', () => {
  test('sends no more, has nothing to come but the roll call, and is not blamed for what it did not send', async () => {
    const { target, load, recorder, finish } = await connected()
    load.begin(recorder.now())
    await vi.advanceTimersByTimeAsync(4_000)
    const sent = target.sent.length
    expect(sent).toBeGreaterThan(300)
    load.stopSending()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(target.sent).toHaveLength(sent)
    expect(load.status().sendsToCome).toBe(PLAN.rollCall.atMs.length)

    load.rollCall(recorder.now())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(target.sent).toHaveLength(sent + PLAN.rollCall.atMs.length)
    expect(load.status().sendsToCome).toBe(0)

    const { plannedSends, handedSends } = await finish()
    expect(handedSends).toBe(sent)
    expect(plannedSends).toBe(PLAN.messages.atMs.filter(atMs => atMs < 4_000).length)
  })

  test('one that goes to its end counts all that was planned', async () => {
    const { load, recorder, finish } = await connected()
    load.begin(recorder.now())
    await vi.advanceTimersByTimeAsync(11_000)
    expect(load.status().sendsToCome).toBe(PLAN.rollCall.atMs.length)
    expect(await finish()).toEqual({ plannedSends: 1_000, handedSends: 1_000 })
  })
})
