/**
 * Fires the planned faults at their times and heals them, beside the load. Healing runs to its end even where the run was aborted: what
 * has been broken is put right.
 */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { PlannedFault } from '../plan/plan.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import type { FaultCatalogue } from './catalogue.ts'
import { DownInstances } from './down-instances.ts'
import { type Fault, type FaultContext, type Injection, NotFired } from './fault.ts'
import type { JournalLine } from './journal.ts'

export interface TimelineOptions {
  readonly catalogue: FaultCatalogue
  /** `random`: of one fault, by its number. */
  readonly context: Omit<FaultContext, 'random'> & { readonly random: (fault: number) => () => number }
  readonly journal: { write(line: JournalLine): void }
  readonly instancesDownMax: number
  /** The end of the load: a fault that still waits then, for others to be up again, does not fire any more. */
  readonly untilMs: number
  /** Called when a fault begins, takes effect or is healed. */
  readonly onChange: (planned: PlannedFault, stage: FaultStage) => void
}

export type FaultStage = 'injecting' | 'fired' | 'not-fired' | 'healed' | 'not-healed'

/** Longer than any injection waits for its effect by itself; one that hangs has failed. */
export const INJECT_MS_MAX = 60_000
/** A healing that takes longer has failed: a start of an instance, with everything else that may heal at the same time. */
export const HEAL_MS_MAX = 60_000

type Draft = { -readonly [Key in keyof FaultRecord]: FaultRecord[Key] }

/** What all faults of a run share. */
interface Running extends TimelineOptions {
  readonly down: DownInstances
  readonly abort: AbortSignal
  /** No fault begins after this: the run was aborted, or the load is over. */
  readonly over: AbortSignal
}

/**
 * Resolves when every fault has fired and healed, or was skipped by the abort. Rejects only where `onChange` throws, and then too not before
 * everything has healed.
 */
export async function runTimeline(
  faults: readonly PlannedFault[],
  options: TimelineOptions,
  abort: AbortSignal,
): Promise<FaultRecord[]> {
  const { context, untilMs, instancesDownMax } = options
  const loadOver = new AbortController()
  const over = AbortSignal.any([abort, loadOver.signal])
  void context.pause(untilMs - context.now(), over).then(() => loadOver.abort())
  const run: Running = { ...options, down: new DownInstances(instancesDownMax), abort, over }
  try {
    const ends = await Promise.allSettled(faults.map((planned, index) => runFault(planned, index, run)))
    return ends.map(end => {
      if (end.status === 'rejected') throw end.reason
      return end.value
    })
  } finally {
    loadOver.abort()
  }
}

async function runFault(planned: PlannedFault, index: number, run: Running): Promise<FaultRecord> {
  const { context, down, over } = run
  const { kind, target, atMs } = planned
  const record: Draft = {
    kind,
    target,
    plannedAtMs: atMs,
    firedAtMs: null,
    effectAtMs: null,
    healingAtMs: null,
    healedAtMs: null,
    status: 'not-fired',
    evidence: '',
    exit: null,
  }
  await context.pause(atMs - context.now(), over)
  const takesDown = faultKind(kind).isDown
  const isItsTurn = takesDown ? await down.take(target, over) : !over.aborted
  if (!isItsTurn) {
    record.evidence = run.abort.aborted
      ? 'the run ended before its time'
      : `until the load was over, ${target} was down, or as many others as may be at the same time`
    return record
  }
  const injection = begin(planned, index, run, record)
  if (injection !== null) await injectAndHeal(injection, planned, index, run, record)
  const staysDown = planned.heals ? record.healedAtMs === null : record.status === 'fired'
  if (takesDown && (injection === null || !staysDown)) down.release(target)
  return record
}

/** The undo is on disk when it returns. Null where that could not be: then nothing is broken. */
function begin(planned: PlannedFault, index: number, run: Running, record: Draft): Injection | null {
  const { catalogue, context, journal } = run
  const { kind, target } = planned
  const fault = catalogue[kind] as Fault | undefined
  try {
    if (fault === undefined) throw new Error('this harness has no such fault')
    const injection = fault.prepare(planned, { ...context, random: context.random(index) })
    journal.write({ is: 'injecting', fault: index, kind, target, undo: fault.undo(planned) })
    return injection
  } catch (error) {
    record.evidence = `it could not begin: ${(error as Error).message}`
    return null
  }
}

async function injectAndHeal(
  injection: Injection,
  planned: PlannedFault,
  index: number,
  run: Running,
  record: Draft,
): Promise<void> {
  const { context, onChange, abort } = run
  try {
    onChange(planned, 'injecting')
    record.firedAtMs = context.now()
    await inject(injection, record, context)
    onChange(planned, record.status)
    if (planned.heals && record.status === 'fired') await context.pause(planned.lastsMs, abort)
  } finally {
    if (planned.heals) await heal(injection, record, context)
    closeInJournal(planned, index, run, record)
    if (planned.heals) onChange(planned, record.healedAtMs === null ? 'not-healed' : 'healed')
  }
}

async function inject(injection: Injection, record: Draft, { pause }: Pick<FaultContext, 'pause'>): Promise<void> {
  try {
    const evidence = await within(INJECT_MS_MAX, injection.inject(), pause)
    Object.assign(record, evidence, { status: 'fired' })
  } catch (error) {
    record.evidence = error instanceof NotFired ? error.message : `injecting failed: ${(error as Error).message}`
  }
}

/** Also after an injection that failed half-way. */
async function heal(
  injection: Injection,
  record: Draft,
  { pause, now }: Pick<FaultContext, 'pause' | 'now'>,
): Promise<void> {
  record.healingAtMs = now()
  try {
    await within(HEAL_MS_MAX, injection.heal(), pause)
    record.healedAtMs = now()
  } catch (error) {
    record.evidence += `; healing failed: ${(error as Error).message}`
  }
}

/** What is not to be healed has nothing that could be undone. */
function closeInJournal({ heals }: PlannedFault, index: number, { journal }: Running, record: Draft): void {
  if (heals && record.healedAtMs === null) return
  try {
    journal.write({ is: 'healed', fault: index })
  } catch {
    // It is healed all the same; the journal then tells of a fault that is over.
  }
}

/** Rejects where the work takes longer; the work itself goes on. */
async function within<Result>(msMax: number, work: Promise<Result>, pause: FaultContext['pause']): Promise<Result> {
  const done = new AbortController()
  const late = pause(msMax, done.signal).then((): Promise<Result> | Result => {
    if (done.signal.aborted) return work
    throw new Error(`it took longer than ${msMax / 1000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}
