import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import type { MembershipRecord } from './ledger.ts'
import type { LedgerLine, RunFile } from './ledger-records.ts'
import { LedgerWriter } from './ledger-writer.ts'
import { LedgerError, readLedger } from './read-ledger.ts'

const ZERO_AT_MS = 50_000
const ROOMS = 2
const CLIENTS = 3

const plan: Plan = {
  schema: 1,
  scenario: 'test',
  seed: 1,
  instances: ['chat-1', 'chat-2'],
  instancesAtStart: 2,
  instancesDownMax: 1,
  rooms: ['room-1', 'room-2'],
  clients: Array.from({ length: CLIENTS }, (_, client) => ({
    name: `client-${client}`,
    instance: client % 2,
    rooms: [0, 1],
  })),
  messages: { atMs: [0, 1, 2], client: [0, 1, 2], room: [0, 0, 1] },
  rollCall: { atMs: [0], client: [0], room: [0] },
  faults: [],
  textBytes: 60,
  warmUpMs: 0,
  loadMs: 1000,
  settleMsMax: 1000,
  deadlineMs: 1000,
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-ledger-'))
  mkdirSync(join(folder, 'ledger'))
  saveRun(1)
})

afterEach(() => rmSync(folder, { recursive: true }))

function saveRun(workers: number, more: Partial<RunFile> = {}): void {
  const run: RunFile = {
    schema: 1,
    workers,
    zeroAtMs: ZERO_AT_MS,
    rollCallAtMs: 1200,
    healedAtMs: 0,
    residue: [],
    faults: [],
    logs: [null, null],
    ...more,
  }
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
}

function pathOf(worker: number): string {
  return join(folder, 'ledger', `worker-${worker}.jsonl`)
}

async function saved(lines: readonly LedgerLine[]) {
  rmSync(pathOf(0), { force: true })
  const writer = new LedgerWriter(pathOf(0))
  for (const line of lines) writer.write(line)
  await writer.close()
  return readLedger(folder, plan)
}

async function expectDamage(message: RegExp): Promise<void> {
  const error = await readLedger(folder, plan).catch(thrown => thrown)
  expect(error).toBeInstanceOf(LedgerError)
  expect(error.message).toMatch(message)
}

/** What was delivered, one by one, in order of arrival. */
function oneByOne({ deliveries }: MembershipRecord) {
  return deliveries.flatMap(({ epoch, fromSeq, numbers }) =>
    [...numbers].map((number, index) => ({ epoch, seq: fromSeq + index, number })),
  )
}

interface Step {
  readonly client: number
  readonly room: number
  readonly epoch: string
  readonly seq: number
  readonly numbers: number[]
  readonly breaks: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  client: fc.nat(CLIENTS - 1),
  room: fc.nat(ROOMS - 1),
  epoch: fc.constantFrom('a', 'a', 'a', 'b'),
  seq: fc.integer({ min: 1, max: 6 }),
  numbers: fc.array(fc.constantFrom(-1, 0, 1, 2, 3), { minLength: 1, maxLength: 3 }),
  breaks: fc.boolean(),
})

describe('a saved ledger', () => {
  it('gives back every delivery in order of arrival, whatever they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        rmSync(pathOf(0), { force: true })
        const writer = new LedgerWriter(pathOf(0))
        const expected = Array.from({ length: CLIENTS }, () => Array.from({ length: ROOMS }, () => [] as object[]))
        for (const { client, room, epoch, seq, numbers, breaks } of steps) {
          if (numbers.length === 1) writer.delivered(client, room, { epoch, seq }, numbers[0]!, ZERO_AT_MS)
          else writer.deliveredStretch(client, room, { epoch, seq }, numbers, ZERO_AT_MS)
          for (const [index, number] of numbers.entries()) {
            expected[client]![room]!.push({ epoch, seq: seq + index, number })
          }
          if (breaks) writer.connectionEnded(client, [0, 1])
          if (breaks) writer.flushRooms()
        }
        await writer.close()
        const { clients } = await readLedger(folder, plan)
        expect(clients.map(client => client.memberships.map(oneByOne))).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('costs next to nothing per delivery while all clients get the same in order', async () => {
    const writer = new LedgerWriter(pathOf(0))
    for (let client = 0; client < CLIENTS; client++) {
      for (let seq = 1; seq <= 1000; seq++) writer.delivered(client, 0, { epoch: 'a', seq }, seq % 4, ZERO_AT_MS)
    }
    await writer.close()
    const lines = readFileSync(pathOf(0), 'utf8').trim().split('\n')
    expect(lines.filter(line => line.startsWith('["run"'))).toHaveLength(CLIENTS)
    expect(statSync(pathOf(0)).size).toBeLessThan(4000)
  })

  it('puts times on the plan’s clock and joins together what was said of a send', async () => {
    const { messages } = await saved([
      ['sent', 0, 1, ZERO_AT_MS + 5],
      ['acked', 0, 1, 'a', 7, ZERO_AT_MS + 9],
      ['sent', 1, 0, ZERO_AT_MS + 6],
      ['rejected', 1, 'text-empty'],
      ['sent', 2, -1, ZERO_AT_MS + 8],
    ])
    expect(messages).toEqual([
      { handedAtMs: 5, instance: 1, outcome: 'ok', position: { epoch: 'a', seq: 7 }, ackedAtMs: 9, ackedInstance: 1 },
      {
        handedAtMs: 6,
        instance: 0,
        outcome: 'rejected',
        code: 'text-empty',
        position: null,
        ackedAtMs: null,
        ackedInstance: -1,
      },
      { handedAtMs: 8, instance: -1, outcome: 'unknown', position: null, ackedAtMs: null, ackedInstance: -1 },
      {
        handedAtMs: null,
        instance: -1,
        outcome: 'rejected',
        code: 'never-written',
        position: null,
        ackedAtMs: null,
        ackedInstance: -1,
      },
    ])
  })

  it('keeps joins and deliveries with the connection that they belong to', async () => {
    const writer = new LedgerWriter(pathOf(0))
    writer.write(['opened', 1, 0, ZERO_AT_MS])
    writer.write(['join-asked', 1, 0, ZERO_AT_MS + 1])
    writer.write(['joined', 1, 0, 'a', 3, 1, ZERO_AT_MS + 2])
    writer.delivered(1, 0, { epoch: 'a', seq: 4 }, 0, ZERO_AT_MS + 3)
    writer.connectionEnded(1, [0, 1])
    writer.write(['closed', 1, 1012, 1, ZERO_AT_MS + 4])
    writer.write(['opened', 1, 1, ZERO_AT_MS + 5])
    writer.write(['join-asked', 1, 0, ZERO_AT_MS + 6])
    writer.delivered(1, 0, { epoch: 'a', seq: 5 }, 1, ZERO_AT_MS + 7)
    writer.write(['end', 1, 1])
    await writer.close()
    const { clients } = await readLedger(folder, plan)
    const { connections, memberships, connectedAtEnd } = clients[1]!
    expect(connections).toMatchObject([
      { instance: 0, openedAtMs: 0, closedAtMs: 4, closeCode: 1012, draining: true },
      { instance: 1, openedAtMs: 5, closedAtMs: null, closeCode: null, draining: false },
    ])
    expect(memberships[0]!.joins).toMatchObject([
      { connection: 0, answeredAtMs: 2, position: { epoch: 'a', seq: 3 }, complete: true },
      { connection: 1, answeredAtMs: null, position: null },
    ])
    expect(memberships[0]!.deliveries).toMatchObject([
      { connection: 0, fromSeq: 4, firstAtMs: 3 },
      { connection: 1, fromSeq: 5, firstAtMs: 7 },
    ])
    expect(connectedAtEnd).toBe(true)
  })

  it('keeps what was said of a client beside its rooms, and of late deliveries', async () => {
    const ledger = await saved([
      ['went-home', 2, ZERO_AT_MS + 900],
      ['connect-failed', 2, -1, 'ECONNREFUSED', ZERO_AT_MS + 910],
      ['connect-failed', 2, 0, 'no answer within 3 s', ZERO_AT_MS + 920],
      ['late', 1, 0, 'a', 4, 2, ZERO_AT_MS + 800],
      ['late-slice', -1, 1, 30],
      ['late-slice', 0, 0, 12],
      ['counted-until', ZERO_AT_MS + 1500],
    ])
    expect(ledger.clients[2]!.wentHomeAtMs).toBe(900)
    expect(ledger.clients[1]!.wentHomeAtMs ?? null).toBeNull()
    expect(ledger.clients[2]!.failedConnects).toEqual([
      { instance: -1, why: 'ECONNREFUSED', atMs: 910 },
      { instance: 0, why: 'no answer within 3 s', atMs: 920 },
    ])
    expect(ledger.clients[1]!.failedConnects ?? []).toEqual([])
    expect(ledger.late).toEqual({
      slices: [
        { slice: -1, instance: 1, count: 30 },
        { slice: 0, instance: 0, count: 12 },
      ],
      examples: [{ client: 1, room: 0, position: { epoch: 'a', seq: 4 }, number: 2, atMs: 800 }],
    })
    expect(ledger.countedUntilMs).toBe(1500)
    expect((await saved([])).countedUntilMs).toBeNull()
  })

  it('takes the earliest end of what the workers wrote down', async () => {
    saveRun(2)
    for (const worker of [0, 1]) {
      const writer = new LedgerWriter(pathOf(worker))
      writer.write(['counted-until', ZERO_AT_MS + 100 + (worker === 0 ? 0 : 7)])
      await writer.close()
    }
    expect((await readLedger(folder, plan)).countedUntilMs).toBe(100)
  })

  it('has visits and memory as the run told them', async () => {
    const visits = [{ rooms: [1], fromMs: 5, untilMs: 10 }]
    const memory = [{ instance: 'chat-1', atMs: 3, residentBytes: 4096 }]
    saveRun(1, { visits, memory })
    expect(await saved([])).toMatchObject({ visits, memory })
    saveRun(1)
    expect(await saved([])).not.toHaveProperty('memory')
  })

  it('never mixes the orders that two workers were told, which may differ', async () => {
    saveRun(2)
    for (const [worker, number] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const writer = new LedgerWriter(pathOf(worker))
      writer.delivered(worker, 0, { epoch: 'a', seq: 1 }, number, ZERO_AT_MS)
      await writer.close()
    }
    const { clients } = await readLedger(folder, plan)
    expect(clients.map(client => oneByOne(client.memberships[0]!).map(({ number }) => number))).toEqual([[0], [1], []])
  })

  it('names file and line of damage', async () => {
    writeFileSync(pathOf(0), '["unknown",0]\n["acked",99,0,"a",1,0]\n')
    await expectDamage(/worker-0\.jsonl, line 2 is damaged: there is no message 99/)
  })

  it.each([
    ['a line that was cut off', '["unknown",0]\n["unkno', /worker-0\.jsonl, line 2 is damaged: .*JSON/],
    ['a line that is no record', 'null\n', /worker-0\.jsonl, line 1 is damaged/],
    ['a kind that does not exist', '["heard",0,0]\n', /line 1 is damaged: no record has the kind "heard"/],
    [
      'a count for nobody',
      '["count-members",0,[1]]\n["count",0,[2,2],0,[0,1]]\n',
      /line 2 is damaged: room 0 has no member/,
    ],
    [
      'a count for somebody elsewhere',
      '["count-members",5,[1]]\n["count",5,[2,2],0,[0,0]]\n',
      /client 1 has no room 5/,
    ],
    ['deliveries without their order', '["run",0,0,"a",1,2,0,0]\n', /worker-0\.jsonl is damaged: no order of epoch a/],
  ])('names file and line of %s', async (_, text, message) => {
    writeFileSync(pathOf(0), text)
    await expectDamage(message)
  })

  it('names a file that is missing', async () => {
    await expectDamage(/worker-0\.jsonl.*no such file/)
    rmSync(join(folder, 'ledger', 'run.json'))
    await expectDamage(/run\.json.*no such file/)
  })

  it.each([
    ['cut off', '{ "schema": 1, "wor', /run\.json is damaged: .*JSON/],
    ['null', 'null', /run\.json is damaged: expected schema 1/],
    ['of another schema', '{ "schema": 2 }', /run\.json is damaged: expected schema 1/],
    [
      'of another plan',
      '{ "schema": 1, "workers": 1, "faults": [], "residue": [], "logs": [null] }',
      /expected .* the logs of 2 rooms/,
    ],
  ])('names a run.json that is %s', async (_, text, message) => {
    writeFileSync(join(folder, 'ledger', 'run.json'), text)
    await expectDamage(message)
  })
})
