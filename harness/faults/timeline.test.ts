import { describe, expect, test } from 'vitest'
import type { FaultRecord } from '../ledger/ledger.ts'
import type { PlannedFault } from '../plan/plan.ts'
import type { JournalLine } from './journal.ts'
import { type FakeFaultOptions, FakeFaults } from './test-catalogue.ts'
import { TestClock } from './test-clock.ts'
import { FakeCluster, plannedFault } from './test-fault-cluster.ts'
import { type FaultStage, HEAL_MS_MAX, INJECT_MS_MAX, runTimeline } from './timeline.ts'

interface Story {
  readonly options?: FakeFaultOptions
  readonly byTarget?: Readonly<Record<string, FakeFaultOptions>>
  readonly instancesDownMax?: number
  readonly untilMs?: number
  readonly abortAtMs?: number
  readonly onChange?: (planned: PlannedFault, stage: FaultStage) => void
  readonly write?: (line: JournalLine) => void
}

class Telling {
  readonly clock = new TestClock(-1_000)
  readonly faults: FakeFaults
  readonly journal: JournalLine[] = []
  /** Such as "1000 kill-instance chat-1 injecting". */
  readonly stages: string[] = []
  readonly #story: Story

  constructor(story: Story = {}) {
    this.#story = story
    this.faults = new FakeFaults(this.clock, story.options, story.byTarget)
  }

  run(planned: readonly PlannedFault[]): Promise<FaultRecord[]> {
    const { clock } = this
    const { instancesDownMax = 2, untilMs = 100_000, abortAtMs, onChange, write } = this.#story
    const abort = new AbortController()
    if (abortAtMs !== undefined) clock.at(abortAtMs, () => abort.abort())
    const context = { ...new FakeCluster(clock).context(), random: () => () => 0.5 }
    const timeline = runTimeline(
      planned,
      {
        catalogue: this.faults.catalogue,
        context,
        journal: {
          write: line => {
            write?.(line)
            this.journal.push(line)
          },
        },
        instancesDownMax,
        untilMs,
        onChange: (fault, stage) => {
          this.stages.push(`${clock.now()} ${fault.target} ${stage}`)
          onChange?.(fault, stage)
        },
      },
      abort.signal,
    )
    return clock.until(timeline)
  }
}

const kill = (target: string, atMs: number, lastsMs = 1_000) => plannedFault('kill-instance', { target, atMs, lastsMs })
const cut = (target: string, atMs: number) => plannedFault('cut-redis', { target, atMs })
const open = (journal: readonly JournalLine[]) =>
  journal.filter(
    ({ is, fault }) => is === 'injecting' && !journal.some(line => line.is === 'healed' && line.fault === fault),
  )

describe('at its time', () => {
  test('a fault fires, lasts from its effect on, and heals', async () => {
    const telling = new Telling()
    expect(await telling.run([kill('chat-1', 5_000)])).toEqual([
      {
        kind: 'kill-instance',
        target: 'chat-1',
        plannedAtMs: 5_000,
        firedAtMs: 5_000,
        effectAtMs: 5_100,
        healingAtMs: 6_100,
        healedAtMs: 6_300,
        status: 'fired',
        evidence: 'chat-1 broke',
        exit: null,
      },
    ])
    expect(telling.stages).toEqual(['5000 chat-1 injecting', '5100 chat-1 fired', '6300 chat-1 healed'])
    expect(telling.journal).toEqual([
      { is: 'injecting', fault: 0, kind: 'kill-instance', target: 'chat-1', undo: 'mend chat-1' },
      { is: 'healed', fault: 0 },
    ])
    expect(telling.faults.broken).toEqual([])
  })

  test('the undo is in the journal before anybody is told or anything is broken', async () => {
    const seen: unknown[] = []
    const telling: Telling = new Telling({
      onChange: (_, stage) => {
        if (stage === 'injecting') seen.push([telling.journal.length, telling.faults.broken.length])
      },
    })
    await telling.run([kill('chat-1', 0)])
    expect(seen).toEqual([[1, 0]])
  })

  test('repeated ones fire again and again, overlapping ones at the same time, none waits for another', async () => {
    const telling = new Telling()
    const records = await telling.run([
      cut('chat-1', 0),
      cut('chat-2', 500),
      cut('chat-1', 4_000),
      cut('chat-1', 8_000),
    ])
    expect(records.map(({ firedAtMs }) => firedAtMs)).toEqual([0, 500, 4_000, 8_000])
    expect(telling.faults.brokenMax).toBe(2)
    expect(telling.faults.broken).toEqual([])
    expect(open(telling.journal)).toEqual([])
  })

  test('one that has no end is not healed, and has nothing open', async () => {
    const telling = new Telling()
    const forGood = plannedFault('kill-instance', { target: 'chat-1', restart: false })
    const [record] = await telling.run([forGood])
    expect(record).toMatchObject({ status: 'fired', healedAtMs: null })
    expect(telling.faults.broken).toEqual(['chat-1'])
    expect(telling.stages.at(-1)).toBe('100 chat-1 fired')
    expect(open(telling.journal)).toEqual([])
  })
})

describe('no more are down at the same time than allowed', () => {
  test('the next one waits until another is up again', async () => {
    const telling = new Telling({ instancesDownMax: 1 })
    const records = await telling.run([kill('chat-1', 0), kill('chat-2', 100), kill('chat-3', 200)])
    expect(records.map(({ firedAtMs }) => firedAtMs)).toEqual([0, 1_300, 2_600])
    expect(records.map(({ plannedAtMs }) => plannedAtMs)).toEqual([0, 100, 200])
    expect(telling.faults.brokenMax).toBe(1)
  })

  test('what leaves its instance up is not counted', async () => {
    const telling = new Telling({ instancesDownMax: 1 })
    const records = await telling.run([kill('chat-1', 0), cut('chat-2', 100), cut('chat-3', 200)])
    expect(records.map(({ firedAtMs }) => firedAtMs)).toEqual([0, 100, 200])
  })

  test('nobody is hit while down', async () => {
    const telling = new Telling({ instancesDownMax: 3 })
    const records = await telling.run([kill('chat-1', 0), kill('chat-1', 100)])
    expect(records.map(({ firedAtMs }) => firedAtMs)).toEqual([0, 1_300])
  })

  test('one that did not fire makes room again', async () => {
    const telling = new Telling({ instancesDownMax: 1, byTarget: { 'chat-1': { injecting: 'not-fired' } } })
    const forGood = plannedFault('kill-instance', { target: 'chat-1', restart: false })
    const records = await telling.run([forGood, kill('chat-2', 10)])
    expect(records.map(({ status }) => status)).toEqual(['not-fired', 'fired'])
  })

  test.each<[string, PlannedFault, FakeFaultOptions]>([
    ['for good', plannedFault('kill-instance', { target: 'chat-1', restart: false }), {}],
    ['because it could not be healed', kill('chat-1', 0), { healing: 'fails' }],
  ])('where one is down %s, the next waits until the load is over, and does not fire', async (_, first, options) => {
    const telling = new Telling({ instancesDownMax: 1, untilMs: 20_000, byTarget: { 'chat-1': options } })
    const [, second] = await telling.run([first, kill('chat-2', 5_000)])
    expect(second).toMatchObject({ status: 'not-fired', firedAtMs: null })
    expect(second!.evidence).toContain('until the load was over, chat-2 was down, or as many others as may be')
    expect(telling.clock.now()).toBe(20_000)
    expect(telling.journal.some(line => line.fault === 1)).toBe(false)
  })
})

describe('an abort', () => {
  const records = async (abortAtMs: number, options: FakeFaultOptions = {}) => {
    const telling = new Telling({ abortAtMs, options })
    const all = await telling.run([kill('chat-1', 5_000, 10_000), kill('chat-2', 50_000)])
    expect(telling.faults.broken).toEqual([])
    expect(open(telling.journal)).toEqual([])
    expect(all[1]).toMatchObject({ status: 'not-fired', firedAtMs: null, evidence: 'the run ended before its time' })
    return { telling, first: all[0]! }
  }

  test('before its time: nothing is broken', async () => {
    const { telling, first } = await records(1_000)
    expect(first).toMatchObject({ status: 'not-fired', firedAtMs: null, evidence: 'the run ended before its time' })
    expect(telling.journal).toEqual([])
    expect(telling.clock.now()).toBe(1_000)
  })

  test('during the injection: it is waited for, and healed at once', async () => {
    const { first } = await records(5_050)
    expect(first).toMatchObject({ status: 'fired', effectAtMs: 5_100, healedAtMs: 5_300 })
  })

  test('while it lasts: it is healed at once', async () => {
    const { first } = await records(8_000)
    expect(first).toMatchObject({ status: 'fired', effectAtMs: 5_100, healedAtMs: 8_200 })
  })

  test('while it heals: the healing runs to its end', async () => {
    const { first } = await records(15_200)
    expect(first).toMatchObject({ status: 'fired', healedAtMs: 15_300 })
  })

  test('while it waits for another to be up again: it does not fire', async () => {
    const telling = new Telling({ abortAtMs: 700, instancesDownMax: 1 })
    const [, second] = await telling.run([kill('chat-1', 0), kill('chat-2', 100)])
    expect(second).toMatchObject({ status: 'not-fired', firedAtMs: null, evidence: 'the run ended before its time' })
    expect(telling.faults.broken).toEqual([])
  })

  test('in the very moment in which another is up again: at most one is down, and none stays so', async () => {
    for (const abortAtMs of [1_299, 1_300, 1_301]) {
      const telling = new Telling({ abortAtMs, instancesDownMax: 1 })
      await telling.run([kill('chat-1', 0), kill('chat-2', 100)])
      expect(telling.faults.brokenMax).toBe(1)
      expect(telling.faults.broken).toEqual([])
      expect(open(telling.journal)).toEqual([])
    }
  })
})

describe('what goes wrong', () => {
  test('a fault without evidence did not fire, and is healed at once', async () => {
    const telling = new Telling({ options: { injecting: 'not-fired' } })
    expect(await telling.run([kill('chat-1', 0, 10_000)])).toMatchObject([
      {
        status: 'not-fired',
        firedAtMs: 0,
        effectAtMs: null,
        healedAtMs: 300,
        evidence: 'chat-1 was to break, and did not',
      },
    ])
    expect(telling.stages.at(-2)).toBe('100 chat-1 not-fired')
  })

  test('an injection that fails half-way did not fire, and is undone', async () => {
    const telling = new Telling({ options: { injecting: 'half-way' } })
    const [record] = await telling.run([kill('chat-1', 0)])
    expect(record).toMatchObject({ status: 'not-fired', evidence: 'injecting failed: the tool broke', healedAtMs: 300 })
    expect(telling.faults.broken).toEqual([])
    expect(open(telling.journal)).toEqual([])
  })

  test('an injection that hangs did not fire, and is undone', async () => {
    const telling = new Telling({ options: { injecting: 'hangs' } })
    const [record] = await telling.run([kill('chat-1', 0)])
    expect(record).toMatchObject({
      status: 'not-fired',
      evidence: 'injecting failed: it took longer than 60 s',
      healedAtMs: INJECT_MS_MAX + 200,
    })
    expect(telling.faults.broken).toEqual([])
  })

  test.each<[FakeFaultOptions['healing'], string, number]>([
    ['fails', 'chat-1 broke; healing failed: no glue', 1_300],
    ['hangs', 'chat-1 broke; healing failed: it took longer than 60 s', 1_100 + HEAL_MS_MAX],
  ])(
    'a healing that %s is told, stays open in the journal, and holds nobody else up',
    async (healing, evidence, endMs) => {
      const telling = new Telling({ byTarget: { 'chat-1': { healing } } })
      const [first, second] = await telling.run([kill('chat-1', 0), kill('chat-2', 500)])
      expect(first).toMatchObject({ status: 'fired', healedAtMs: null, evidence })
      expect(second).toMatchObject({ status: 'fired', healedAtMs: 1_800 })
      expect(telling.stages).toContain(`${endMs} chat-1 not-healed`)
      expect(open(telling.journal).map(({ fault }) => fault)).toEqual([0])
      expect(telling.faults.broken).toEqual(['chat-1'])
    },
  )

  test('where the undo cannot be written down, nothing is broken', async () => {
    const write = (line: JournalLine) => {
      if (line.is === 'injecting') throw new Error('ENOSPC: no space left')
    }
    const telling = new Telling({ write })
    const [record] = await telling.run([kill('chat-1', 0)])
    expect(record).toMatchObject({ status: 'not-fired', firedAtMs: null })
    expect(record!.evidence).toBe('it could not begin: ENOSPC: no space left')
    expect(telling.faults.brokenMax).toBe(0)
  })

  test('where the end cannot be written down, it has healed all the same', async () => {
    const write = (line: JournalLine) => {
      if (line.is === 'healed') throw new Error('ENOSPC: no space left')
    }
    const [record] = await new Telling({ write }).run([kill('chat-1', 0)])
    expect(record).toMatchObject({ status: 'fired', healedAtMs: 1_300 })
  })

  test('a kind that this harness has not got does not fire', async () => {
    const telling = new Telling()
    const { 'kill-instance': _, ...catalogue } = telling.faults.catalogue
    Object.assign(telling.faults, { catalogue })
    const [record] = await telling.run([kill('chat-1', 0)])
    expect(record).toMatchObject({
      status: 'not-fired',
      evidence: 'it could not begin: this harness has no such fault',
    })
  })

  test.each<FaultStage>(['injecting', 'fired', 'healed'])(
    'whoever is told of %s and throws does not keep anything from healing',
    async thrownAt => {
      const telling = new Telling({
        onChange: ({ target }, stage) => {
          if (target === 'chat-1' && stage === thrownAt) throw new Error('the listener broke')
        },
      })
      await expect(telling.run([kill('chat-1', 0), kill('chat-2', 500)])).rejects.toThrow('the listener broke')
      expect(telling.faults.broken).toEqual([])
      expect(open(telling.journal)).toEqual([])
    },
  )
})
