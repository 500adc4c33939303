/** One worker with a target that does nothing by itself: what it writes down and tells of what the test lets its clients hear. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { RunFile } from '../ledger/ledger-records.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Target, TargetClient, TargetListener } from '../targets/target.ts'
import { LATE_EXAMPLES_MAX } from './late-tally.ts'
import { LoadRecorder } from './load-recorder.ts'
import { LoadWorker } from './load-worker.ts'
import { makeText } from './message-text.ts'

const ZERO_AT_MS = 50_000
const DEADLINE_MS = 5_000
const TEXT_BYTES = 64

/** Ann on chat-1 and Bob on chat-2 share a room; Ann says something at -500 ms, 0 s, 0.1 s, 0.2 s … and once at the roll call. */
const plan: Plan = {
  schema: 1,
  scenario: 'test',
  seed: 1,
  instances: ['chat-1', 'chat-2'],
  instancesAtStart: 2,
  instancesDownMax: 1,
  rooms: ['lobby'],
  clients: [
    { name: 'ann', instance: 0, rooms: [0] },
    { name: 'bob', instance: 1, rooms: [0] },
  ],
  messages: {
    atMs: [-500, ...Array.from({ length: 30 }, (_, index) => index * 100)],
    client: new Array<number>(31).fill(0),
    room: new Array<number>(31).fill(0),
  },
  rollCall: { atMs: [0], client: [0], room: [0] },
  faults: [],
  textBytes: TEXT_BYTES,
  warmUpMs: 500,
  loadMs: 3_000,
  settleMsMax: 1_000,
  deadlineMs: DEADLINE_MS,
}

class SilentTarget implements Target {
  readonly listeners: TargetListener[] = []
  readonly homeless = new Set<string>()
  /** What clients were told to do, such as "ann leaves lobby". */
  readonly orders: string[] = []

  createClient(name: string, instance: number, listener: TargetListener): TargetClient {
    this.listeners.push(listener)
    return {
      instance,
      connect() {},
      join: room => void this.orders.push(`${name} joins ${room}`),
      leave: room => void this.orders.push(`${name} leaves ${room}`),
      send() {},
      setHome() {},
      goHome: () => this.homeless.has(name),
      end() {},
    }
  }

  useAddresses() {}

  readLog(): never {
    throw new Error('nobody reads the log here')
  }
}

let folder: string
let target: SilentTarget
let worker: LoadWorker
let atMs: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-load-'))
  await mkdir(join(folder, 'ledger'))
  atMs = -1_000
  target = new SilentTarget()
  const writer = new LedgerWriter(join(folder, 'ledger', 'worker-0.jsonl'))
  const recorder = new LoadRecorder(plan, writer, new LatencyHistograms(0), () => ZERO_AT_MS + atMs)
  recorder.zeroAtMs = ZERO_AT_MS
  worker = new LoadWorker({ plan, worker: 0, workers: 1, target, recorder, connectsPerSecond: 500 })
  await worker.connect()
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Ends the worker and reads what it left. */
async function ledger(): Promise<Ledger> {
  await worker.finish()
  const logs = [null]
  const run: RunFile = {
    schema: 1,
    workers: 1,
    zeroAtMs: ZERO_AT_MS,
    rollCallAtMs: null,
    healedAtMs: 0,
    residue: [],
    faults: [],
    logs,
  }
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
  return readLedger(folder, plan)
}

function listener(client: number): TargetListener {
  return target.listeners[client]!
}

/** The client connects and has joined at the position after `seq`; history goes up to `top`. */
function joins(client: number, instance: number, seq = 0, top = seq): void {
  listener(client).opened(instance)
  listener(client).joinAsked('lobby')
  listener(client).joined('lobby', { epoch: 'a', seq }, true, top)
}

/** Message `number` stands at seq number + 1. */
function hears(client: number, number: number, isHistory = false): void {
  const text = makeText({ number, instance: 0 }, TEXT_BYTES)
  listener(client).delivered('lobby', { epoch: 'a', seq: number + 1, id: `a/${number}`, from: 'ann', text }, isHistory)
}

test('late is what comes more than the deadline after its intended time', async () => {
  joins(1, 1)
  // Message 1 is meant for 0 ms, message 2 for 100 ms.
  atMs = DEADLINE_MS
  hears(1, 1)
  atMs = 100 + DEADLINE_MS + 0.5
  hears(1, 2)
  const { clients, late } = await ledger()
  expect(clients[1]!.memberships[0]!.late).toBe(1)
  expect(late).toEqual({
    slices: [{ slice: 0, instance: 1, count: 1 }],
    examples: [{ client: 1, room: 0, position: { epoch: 'a', seq: 3 }, number: 2, atMs: 100 + DEADLINE_MS + 0.5 }],
  })
})

test('what was missed while the connection was gone is caught up, and not late; what comes live after that is', async () => {
  joins(1, 1)
  listener(1).closed(1006, false)
  atMs = DEADLINE_MS + 1_000
  joins(1, 1, 0, 3)
  hears(1, 0, true)
  hears(1, 1, true)
  hears(1, 2, true)
  hears(1, 3)
  const { clients, late } = await ledger()
  expect(clients[1]!.memberships[0]!.late).toBe(1)
  expect(late!.examples.map(({ number }) => number)).toEqual([3])
})

test('the warm-up can be late, the roll call cannot', async () => {
  joins(1, 1)
  atMs = -500 + DEADLINE_MS + 1
  hears(1, 0)
  atMs = 60_000
  hears(1, plan.messages.atMs.length)
  const { clients, late } = await ledger()
  expect(clients[1]!.memberships[0]!.late).toBe(1)
  expect(late!.slices).toEqual([{ slice: -1, instance: 1, count: 1 }])
})

test('the sender is late too, and what it could hand over late is late for everybody', async () => {
  joins(0, 0)
  joins(1, 1)
  atMs = DEADLINE_MS + 10
  hears(0, 1)
  hears(1, 1)
  const { clients, late } = await ledger()
  expect(clients.map(client => client.memberships[0]!.late)).toEqual([1, 1])
  expect(late!.slices).toHaveLength(2)
})

test('many late deliveries are counted by second and instance, with a few examples', async () => {
  joins(1, 1)
  atMs = 60_000
  for (let number = 1; number <= 30; number++) hears(1, number)
  const { clients, late } = await ledger()
  expect(clients[1]!.memberships[0]!.late).toBe(30)
  expect(late!.slices).toEqual([
    { slice: 0, instance: 1, count: 10 },
    { slice: 1, instance: 1, count: 10 },
    { slice: 2, instance: 1, count: 10 },
  ])
  expect(late!.examples).toHaveLength(LATE_EXAMPLES_MAX)
})

test('deliveries are counted by the second of the run in which they came, whatever they were', async () => {
  joins(0, 0)
  joins(1, 1)
  atMs = -0.5
  hears(0, 0)
  atMs = 0
  hears(1, 0)
  atMs = 999
  hears(0, 1)
  // Nothing in the second after it.
  atMs = 2_000
  hears(1, 1, true)
  listener(1).delivered('lobby', { epoch: 'a', seq: 9, id: 'x', from: 'ann', text: 'nobody said this' }, false)
  const { deliveredIn } = await ledger()
  expect(deliveredIn).toEqual([
    { second: -1, count: 1 },
    { second: 0, count: 2 },
    { second: 2, count: 2 },
  ])
})

test('counts are written down with their connection, and until the end', async () => {
  joins(0, 0)
  listener(0).counted('lobby', 1, 1)
  atMs = 100
  joins(1, 1)
  listener(0).counted('lobby', 2, 2)
  listener(1).counted('lobby', 2, 2)
  atMs = 200
  listener(1).closed(1006, false)
  atMs = 300
  joins(1, 0)
  listener(1).counted('lobby', 2, 2)
  atMs = 400
  const { clients, countedUntilMs } = await ledger()
  expect(clients[0]!.memberships[0]!.counts).toEqual([
    { atMs: -1_000, connections: 1, participants: 1 },
    { atMs: 100, connections: 2, participants: 2 },
  ])
  expect(clients[1]!.memberships[0]!.counts!.map(count => count.atMs)).toEqual([100, 300])
  expect(countedUntilMs).toBe(400)
})

test('the status tells how many have joined and what they were told, where it is one number', async () => {
  const room = () => {
    const [{ joined, countTold }] = worker.status().rooms as [ReturnType<LoadWorker['status']>['rooms'][number]]
    return [joined, countTold]
  }
  expect(room()).toEqual([0, null])
  joins(0, 0)
  joins(1, 1)
  listener(0).counted('lobby', 2, 2)
  expect(room()).toEqual([2, null])
  listener(1).counted('lobby', 2, 1)
  expect(room()).toEqual([2, null])
  listener(1).counted('lobby', 2, 2)
  expect(room()).toEqual([2, 2])
  listener(1).closed(1006, false)
  expect(room()).toEqual([1, 2])
  joins(1, 1)
  expect(room()).toEqual([2, null])
  await ledger()
})

test('nothing is sent after the end, though the plan has more', async () => {
  joins(0, 0)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    worker.rollCall(ZERO_AT_MS + atMs + 50)
    const { sendsToCome } = worker.status()
    await worker.finish()
    atMs += 100
    vi.advanceTimersByTime(100)
    expect(worker.status().sendsToCome).toBe(sendsToCome)
  } finally {
    vi.useRealTimers()
  }
})

test('going home is written down for those who have to', async () => {
  joins(0, 0)
  joins(1, 0)
  target.homeless.add('bob')
  atMs = 700
  await worker.goHome()
  const { clients } = await ledger()
  expect(clients.map(({ wentHomeAtMs }) => wentHomeAtMs ?? null)).toEqual([null, 700])
})

/** Bob leaves at 1 s, and is to come back at 2 s. */
async function withChurn(during: (at: (ms: number) => void) => void | Promise<void>): Promise<void> {
  await worker.finish()
  rmSync(folder, { recursive: true })
  await mkdir(join(folder, 'ledger'), { recursive: true })
  const churning = { ...plan, churn: { leaveAtMs: [1_000], backAtMs: [2_000], client: [1] } }
  const writer = new LedgerWriter(join(folder, 'ledger', 'worker-0.jsonl'))
  const recorder = new LoadRecorder(churning, writer, new LatencyHistograms(0), () => ZERO_AT_MS + atMs)
  target = new SilentTarget()
  worker = new LoadWorker({ plan: churning, worker: 0, workers: 1, target, recorder, connectsPerSecond: 500 })
  await worker.connect()
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval'] })
  try {
    target.orders.length = 0
    worker.begin(ZERO_AT_MS)
    await during(ms => {
      const passedMs = ms - atMs
      atMs = ms
      vi.advanceTimersByTime(passedMs)
    })
  } finally {
    vi.useRealTimers()
  }
}

test('a client that leaves by the plan is owed nothing meanwhile, and begins anew when it is back', async () => {
  await withChurn(at => {
    joins(0, 0)
    joins(1, 1)
    at(1_000)
    expect(target.orders).toEqual(['bob leaves lobby'])
    listener(1).left('lobby', { epoch: 'a', seq: 0 })
    hears(0, 1)
    const [room] = worker.status().rooms
    expect(room).toMatchObject({ members: 1, joined: 1, seqSum: 2 })
    at(2_000)
    expect(target.orders).toEqual(['bob leaves lobby', 'bob joins lobby'])
    expect(worker.status()).toMatchObject({ memberships: 2, joined: 1 })
    listener(1).joinAsked('lobby')
    listener(1).joined('lobby', { epoch: 'a', seq: 2 }, true, 2)
    expect(worker.status().rooms[0]).toMatchObject({ members: 2, joined: 2, seqSum: 4 })
  })
  const { clients } = await ledger()
  const { joins: joined, leaves, positionAtEnd } = clients[1]!.memberships[0]!
  expect(joined.map(({ position }) => position?.seq)).toEqual([0, 2])
  expect(leaves).toMatchObject([{ position: { epoch: 'a', seq: 0 } }])
  expect(positionAtEnd).toEqual({ epoch: 'a', seq: 2 })
})

test('a client whom a fault keeps out of its room does not leave it', async () => {
  await withChurn(at => {
    joins(0, 0)
    joins(1, 1)
    listener(1).closed(1006, false)
    at(1_000)
    at(2_000)
    expect(target.orders).toEqual([])
  })
  await ledger()
})

test('who is away comes back when the load is ended early', async () => {
  await withChurn(at => {
    joins(0, 0)
    joins(1, 1)
    at(1_000)
    worker.stopSending()
    expect(target.orders).toEqual(['bob leaves lobby', 'bob joins lobby'])
    at(2_000)
    expect(target.orders).toHaveLength(2)
  })
  await ledger()
})
