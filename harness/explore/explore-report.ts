/** What an exploration prints: a line for each run, and a table at the end. Pure. */

import { alignColumns } from '../reports/columns.ts'
import type { FaultName } from '../scenario/fault-kinds.ts'
import type { RunRecord, ShrunkRecord } from './explore-folder.ts'

/** More of them that could not be judged than this, and the exploration says nothing. */
export const INVALID_SHARE_MAX = 1 / 3

export function describeRun({ number, seed, faults, outcome, seconds }: RunRecord): string {
  const what = describeFaults(faults)
  return `run ${number}  seed ${seed}  ${what}  ${describeOutcome(outcome)}  ${Math.round(seconds)} s`
}

function describeOutcome(outcome: RunRecord['outcome']): string {
  switch (outcome.is) {
    case 'passed':
      return 'passed'
    case 'failed':
      return `FAILED: ${outcome.measures.join(', ')}`
    case 'invalid':
      return `invalid: ${outcome.because}`
  }
}

/** Such as `kill-instance ×2, cut-redis`. */
export function describeFaults(faults: readonly FaultName[]): string {
  if (faults.length === 0) return 'no fault'
  const counts = new Map<FaultName, number>()
  for (const kind of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`)).join(', ')
}

/** Lines of the end of an exploration. */
export function describeExploration(records: readonly RunRecord[]): string[] {
  const count = (is: RunRecord['outcome']['is']) => records.filter(({ outcome }) => outcome.is === is).length
  const totals = alignColumns(
    [
      ['runs', 'passed', 'failed', 'invalid'],
      [records.length, count('passed'), count('failed'), count('invalid')].map(String),
    ],
    ['right', 'right', 'right', 'right'],
  )
  const failed = records.flatMap(({ number, outcome, shrunk }) =>
    outcome.is === 'failed' ? [[String(number), outcome.measures[0]!, ...describeShrunk(shrunk)]] : [],
  )
  if (failed.length === 0) return totals
  const table = alignColumns([['run', 'measure', 'shrunk to', 'fails', 'ended by', 'file'], ...failed], ['right'])
  return [...totals, '', ...table]
}

function describeShrunk(shrunk: ShrunkRecord | null): string[] {
  if (shrunk === null) return ['not shrunk', '', '', '']
  const { faults, probability, endedBy, file } = shrunk
  return [describeFaults(faults), `${probability.failed} of ${probability.of}`, endedBy, file]
}

/** 1 where something failed; 3 where too little could be judged. */
export function exitCodeOf(records: readonly RunRecord[]): 0 | 1 | 3 {
  if (records.some(({ outcome }) => outcome.is === 'failed')) return 1
  const invalid = records.filter(({ outcome }) => outcome.is === 'invalid').length
  return invalid > records.length * INVALID_SHARE_MAX ? 3 : 0
}
