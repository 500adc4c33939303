/** Test support: what becomes of the planned faults, decided before the history begins. */

import { faultEndAtMs } from '../checkers/fault-window.ts'
import type { FaultRecord } from '../ledger/ledger.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import type { Dice } from './dice.ts'
import type { Mood } from './mood.ts'

/** From the end of its downtime until an instance is seen to serve again. */
const START_MS = 300
/** A drain and its spread. */
const DRAIN_MS = 600

export function faultRecords(plan: Plan, mood: Mood, dice: Dice): FaultRecord[] {
  return plan.faults.map(planned => faultRecord(planned, mood, dice))
}

function faultRecord(planned: PlannedFault, mood: Mood, dice: Dice): FaultRecord {
  const { kind, target, atMs, heals, lastsMs } = planned
  const record = { kind, target, plannedAtMs: atMs, exit: null, healedAtMs: null }
  if (dice.chance(mood.notFired)) {
    return { ...record, firedAtMs: null, effectAtMs: null, status: 'not-fired', evidence: 'it did not answer' }
  }
  const firedAtMs = atMs + dice.between(0, 3)
  const isStop = kind === 'stop-instance'
  const endAtMs = firedAtMs + (isStop ? DRAIN_MS : 2)
  const isHealed = heals && !dice.chance(mood.neverHealed)
  return {
    ...record,
    firedAtMs,
    effectAtMs: isStop ? firedAtMs + 5 : endAtMs,
    healedAtMs: isHealed ? endAtMs + lastsMs + START_MS : null,
    status: 'fired',
    evidence: isStop ? 'seen to drain' : 'seen to die',
    exit: isStop ? exitOfStop(dice.chance(mood.uncleanStops), dice) : null,
  }
}

function exitOfStop(isUnclean: boolean, dice: Dice): FaultRecord['exit'] {
  if (!isUnclean) return { code: 0, signal: null, afterMs: DRAIN_MS }
  return dice.pick([
    { code: 1, signal: null, afterMs: DRAIN_MS },
    { code: null, signal: 'SIGKILL', afterMs: DRAIN_MS },
    { code: 0, signal: null, afterMs: 20_001 },
    null,
  ])
}

/** As a run has it: 0 without faults, null where one is not over. */
export function lastHealingAtMs({ faults: planned }: Plan, faults: readonly FaultRecord[]): number | null {
  const ends = faults.map((fault, index) => faultEndAtMs(planned[index], fault))
  return ends.includes(null) ? null : Math.max(0, ...ends.map(Number))
}

/** From when on no fault excuses a gap: one that did not fire excuses nothing, one that never heals nothing after the load. */
export function lastExcuseAtMs({ faults: planned, loadMs }: Plan, faults: readonly FaultRecord[]): number {
  const fired = faults.flatMap((fault, index) => (fault.status === 'fired' ? [{ fault, planned: planned[index] }] : []))
  return Math.max(0, ...fired.map(({ fault, planned }) => faultEndAtMs(planned, fault) ?? loadMs))
}

/** Whether an instance serves at that time. */
export function isUp(name: string, faults: readonly FaultRecord[], atMs: number): boolean {
  return faults.every(({ target, firedAtMs, healedAtMs }) => {
    return target !== name || firedAtMs === null || atMs < firedAtMs || (healedAtMs !== null && atMs >= healedAtMs)
  })
}
