/**
 * Fires the planned faults at their times and heals them, beside the load. Healing runs to its end even where the run was aborted: what
 * has been broken is put right.
 */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { PlannedFault } from '../plan/plan.ts'
import type { FaultName } from '../scenario/scenario.ts'
import { type Fault, type FaultContext, NotFired } from './fault.ts'
import type { Journal } from './journal.ts'

export interface TimelineOptions {
  readonly catalogue: Readonly<Record<FaultName, Fault>>
  readonly context: FaultContext
  readonly journal: Journal
  /** Called when a fault begins, takes effect or is healed. */
  readonly onChange: (planned: PlannedFault, stage: FaultStage) => void
}

export type FaultStage = 'injecting' | 'fired' | 'not-fired' | 'healed' | 'not-healed'

type Draft = { -readonly [Key in keyof FaultRecord]: FaultRecord[Key] }

/** Resolves when every fault has fired and healed, or was skipped by the abort. Never rejects. */
export function runTimeline(
  faults: readonly PlannedFault[],
  options: TimelineOptions,
  abort: AbortSignal,
): Promise<FaultRecord[]> {
  return Promise.all(faults.map((planned, index) => runFault(planned, index, options, abort)))
}

async function runFault(
  planned: PlannedFault,
  index: number,
  options: TimelineOptions,
  abort: AbortSignal,
): Promise<FaultRecord> {
  const { context, onChange } = options
  const record: Draft = {
    kind: planned.kind,
    target: planned.target,
    plannedAtMs: planned.atMs,
    firedAtMs: null,
    effectAtMs: null,
    healedAtMs: null,
    status: 'not-fired',
    evidence: 'the run ended before its time',
    exit: null,
  }
  await context.pause(planned.atMs - context.now(), abort)
  if (abort.aborted) return record
  await inject(planned, index, options, record)
  onChange(planned, record.status)
  await heal(planned, index, options, record, abort)
  return record
}

async function inject(planned: PlannedFault, index: number, options: TimelineOptions, record: Draft): Promise<void> {
  const { catalogue, context, journal, onChange } = options
  const fault = catalogue[planned.kind]
  journal.write({
    is: 'injecting',
    fault: index,
    kind: planned.kind,
    target: planned.target,
    undo: fault.undo(planned),
  })
  onChange(planned, 'injecting')
  record.firedAtMs = context.now()
  try {
    const injection = await fault.inject(planned, context)
    Object.assign(record, injection, { status: 'fired' })
  } catch (error) {
    record.evidence = error instanceof NotFired ? error.message : `injecting failed: ${(error as Error).message}`
  }
}

/** Also after an injection that failed half-way. */
async function heal(
  planned: PlannedFault,
  index: number,
  options: TimelineOptions,
  record: Draft,
  abort: AbortSignal,
): Promise<void> {
  const { catalogue, context, journal, onChange } = options
  const fault = catalogue[planned.kind]
  if (fault.undo(planned) === null) return
  try {
    await fault.heal(planned, context, abort)
    record.healedAtMs = context.now()
    journal.write({ is: 'healed', fault: index })
    onChange(planned, 'healed')
  } catch (error) {
    record.evidence += `; healing failed: ${(error as Error).message}`
    onChange(planned, 'not-healed')
  }
}
