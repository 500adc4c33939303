import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import type { Plan } from '../plan/plan.ts'
import type { TargetMessage } from '../targets/target.ts'
import { LoadRecorder } from './load-recorder.ts'
import { makeText } from './message-text.ts'

const TEXT_BYTES = 64
const DEADLINE_MS = 1_500
const LOAD = 30

/** Three at a time, a hundred milliseconds apart, and five of the roll call. */
const plan: Plan = {
  ...{
    schema: 1,
    scenario: 'test',
    seed: 1,
    instances: ['chat-1', 'chat-2'],
    instancesAtStart: 2,
    instancesDownMax: 1,
  },
  rooms: ['lobby', 'den'],
  clients: [
    { name: 'ann', instance: 0, rooms: [0, 1] },
    { name: 'bob', instance: 1, rooms: [0, 1] },
  ],
  messages: {
    atMs: Array.from({ length: LOAD }, (_, number) => Math.floor(number / 3) * 100),
    client: Array.from({ length: LOAD }, (_, number) => number % 2),
    room: new Array<number>(LOAD).fill(0),
  },
  rollCall: { atMs: [0, 0, 0, 0, 0], client: [0, 0, 0, 0, 0], room: [0, 0, 0, 0, 0] },
  ...{ faults: [], textBytes: TEXT_BYTES, warmUpMs: 0, loadMs: 3_000, settleMsMax: 1_000, deadlineMs: DEADLINE_MS },
}

interface Heard {
  readonly client: number
  readonly room: number
  readonly atMs: number
  readonly connectedAtMs: number
  readonly messages: readonly TargetMessage[]
}

/** Everything that a worker leaves of what its clients heard, with all that is late and proves something. */
async function left(heard: readonly Heard[], isAtOnce: boolean): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-recorder-'))
  const path = join(folder, 'worker-0.jsonl')
  try {
    const writer = new LedgerWriter(path)
    let nowMs = 0
    const recorder = new LoadRecorder(plan, writer, new LatencyHistograms(0), () => nowMs)
    recorder.rollCallZeroAtMs = 5_000
    const shown = heard.map(({ client, room, atMs, connectedAtMs, messages }) => {
      nowMs = atMs
      const receiver = { number: client, instance: client, connectedAtMs }
      if (isAtOnce) return recorder.deliveredStretch(receiver, room, messages)
      const each = messages.map(message => recorder.delivered(receiver, room, message, false))
      return { provesCross: each.some(one => one.provesCross), late: each.filter(one => one.isLate).length }
    })
    recorder.flush(Number.POSITIVE_INFINITY)
    await writer.close()
    const { counters, seqMax } = recorder
    const sums = Object.values(counters.latency).map(({ sumSeconds }) => sumSeconds.toFixed(6))
    const counts = Object.values(counters.latency).map(latency => latency.counts)
    const lines = readFileSync(path, 'utf8').split('\n')
    // Examples of what is late may stand after the stretch's other lines.
    const [lateLines, otherLines] = [true, false].map(isLate =>
      lines.filter(line => line.startsWith('["late",') === isLate),
    )
    return { shown, lateLines, otherLines, counters: { ...counters, latency: counts }, sums, seqMax }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Message `number` at seq number + 1, shifted for some; its text is changed for some, and handed to either instance or to none. */
const stretch = fc
  .record({ first: fc.nat(LOAD + 4), length: fc.integer({ min: 1, max: 8 }), shift: fc.constantFrom(0, 0, 0, 1) })
  .chain(({ first, length, shift }) =>
    fc
      .array(fc.tuple(fc.constantFrom(0, 0, 0, 1, -1), fc.nat(40)), { minLength: length, maxLength: length })
      .map(drawn =>
        drawn.map(([instance, luck], index): TargetMessage => {
          const number = Math.min(first + index, LOAD + 4)
          const text = makeText({ number, instance }, TEXT_BYTES)
          return {
            ...{ epoch: 'a', seq: first + index + 1 + shift, id: `s/${number}` },
            from: number < LOAD && number % 2 === 1 ? 'bob' : 'ann',
            text: luck === 0 ? text.replace(/.$/, '?') : text,
          }
        }),
      ),
  )

test('messages in a row leave the same behind as each by itself: lateness, phantoms, odd ones and all', async () => {
  const story = fc.record({
    stretches: fc.array(stretch, { minLength: 1, maxLength: 5 }),
    heard: fc.array(
      fc.record({
        ...{ client: fc.nat(1), room: fc.constantFrom(0, 0, 0, 0, 1), atMs: fc.nat(4_000), index: fc.nat(4) },
        connectedAtMs: fc.constantFrom(0, 250, 6_000),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  await fc.assert(
    fc.asyncProperty(story, async ({ stretches, heard }) => {
      const all = heard.map(({ index, ...of }) => ({ ...of, messages: stretches[index % stretches.length]! }))
      expect(await left(all, true)).toEqual(await left(all, false))
    }),
    { numRuns: 200 },
  )
})

test('what is late in a row is counted and shown one by one, for the one who is told', async () => {
  const messages = [0, 1, 2, 3].map(number => ({
    ...{ epoch: 'a', seq: number + 1, id: `s/${number}`, from: number % 2 === 1 ? 'bob' : 'ann' },
    text: makeText({ number, instance: 0 }, TEXT_BYTES),
  }))
  // Numbers 0 to 2 are meant for 0 ms, number 3 for 100 ms.
  const atMs = DEADLINE_MS + 50
  const heard = [0, 1].map(client => ({ client, room: 0, atMs, connectedAtMs: 0, messages }))
  expect(await left(heard, true)).toMatchObject({
    shown: [
      { provesCross: false, late: 3 },
      { provesCross: true, late: 3 },
    ],
    counters: { delivered: 8 },
    seqMax: [4, 0],
  })
})
