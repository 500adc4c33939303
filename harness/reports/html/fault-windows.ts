/** When which faults were at work, as charts shade it and text refers to it. */

import { faultEndAtMs } from '../../checkers/fault-window.ts'
import type { Plan } from '../../plan/plan.ts'
import type { FaultResult } from '../../verdict/judgement.ts'

/** Faults of one kind that began and ended together, such as one that hits each instance, are one window. */
export interface FaultWindow {
  /** From 1, in order of time: how charts and tables refer to it. */
  readonly number: number
  readonly kind: string
  readonly targets: readonly string[]
  readonly fromMs: number
  /** The end of the run where it never ended. */
  readonly toMs: number
  readonly hasEnded: boolean
  /** Indexes in the result's list of faults. */
  readonly faults: readonly number[]
}

/** They are told to begin at the same time, but are injected one beside the other. */
const TOGETHER_MS = 1_000

/** `endMs`: of the run. Faults that never began have no window. */
export function faultWindows(
  { faults: planned }: Pick<Plan, 'faults'>,
  faults: readonly FaultResult[],
  endMs: number,
): FaultWindow[] {
  const windows: { -readonly [Key in keyof FaultWindow]: FaultWindow[Key] }[] = []
  const inOrder = [...faults.entries()].sort(([, a], [, b]) => (a.firedAtMs ?? 0) - (b.firedAtMs ?? 0))
  for (const [index, fault] of inOrder) {
    const { kind, target, firedAtMs: fromMs } = fault
    if (fromMs === null) continue
    const ended = faultEndAtMs(planned[index], fault)
    const toMs = Math.max(fromMs, ended ?? endMs)
    const same = windows.find(
      other =>
        other.kind === kind &&
        !other.targets.includes(target) &&
        Math.abs(other.fromMs - fromMs) <= TOGETHER_MS &&
        Math.abs(other.toMs - toMs) <= TOGETHER_MS,
    )
    if (same === undefined) {
      const number = windows.length + 1
      windows.push({ number, kind, targets: [target], fromMs, toMs, hasEnded: ended !== null, faults: [index] })
      continue
    }
    same.targets = [...same.targets, target]
    same.faults = [...same.faults, index]
    same.toMs = Math.max(same.toMs, toMs)
    same.hasEnded &&= ended !== null
  }
  return windows
}

/** "kill-instance chat-1". */
export function windowName({ kind, targets }: Pick<FaultWindow, 'kind' | 'targets'>): string {
  return `${kind} ${targets.join(', ')}`
}

/** The windows that a stretch of time touches. */
export function windowsDuring(windows: readonly FaultWindow[], fromMs: number, toMs: number): FaultWindow[] {
  return windows.filter(window => window.fromMs < toMs && window.toMs >= fromMs)
}
