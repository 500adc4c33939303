import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { makePlan } from '../plan/make-plan.ts'
import { LoadRecorder } from './load-recorder.ts'
import { VirtualClient } from './virtual-client.ts'

const PLAN = makePlan(
  'x',
  {
    about: 'An example.',
    topology: { instances: 2 },
    load: { rooms: 1, clients: 2, messagesPerSecond: 10, textBytes: 60, seconds: 1 },
    budgets: {},
  },
  1,
)

test('is absent from when it is seen without a connection, or without an answer to its join, until it is back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-client-'))
  const writer = new LedgerWriter(join(folder, 'worker-0.jsonl'))
  try {
    const recorder = new LoadRecorder(PLAN, writer, new LatencyHistograms(0), () => 0)
    const client = new VirtualClient(0, PLAN.clients[0]!, PLAN.rooms, recorder)
    const room = PLAN.rooms[PLAN.clients[0]!.rooms[0]!]!
    const joined = () => client.joined(room, { epoch: 'a', seq: 0 }, true)

    expect(client.absentMs(1_000)).toBe(0)
    expect(client.absentMs(1_500)).toBe(500)
    client.opened(0)
    expect(client.absentMs(1_700)).toBe(700)
    client.joinAsked(room)
    joined()
    expect(client.absentMs(1_800)).toBe(0)

    client.closed(1006, false)
    expect(client.absentMs(3_000)).toBe(0)
    expect(client.absentMs(9_000)).toBe(6_000)
    client.opened(1)
    client.joinAsked(room)
    expect(client.absentMs(9_500)).toBe(6_500)
    joined()
    expect(client.absentMs(9_600)).toBe(0)
  } finally {
    await writer.close()
    rmSync(folder, { recursive: true })
  }
})
