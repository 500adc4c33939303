/** What the run's faults made of each instance, and when. */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { InstanceLane, InstanceSpan, InstanceState } from './curves.ts'
import { endOfSteps, type TimeSteps } from './time-steps.ts'

export function instanceLanes(
  { instances, instancesAtStart }: Pick<Plan, 'instances' | 'instancesAtStart'>,
  faults: readonly FaultRecord[],
  steps: TimeSteps,
): InstanceLane[] {
  const { fromMs } = steps
  const toMs = endOfSteps(steps)
  return instances.map((name, index) => {
    const spans = faults.filter(({ target }) => target === name).flatMap(fault => spansOf(fault, toMs))
    const added = faults.find(({ kind, target }) => kind === 'add-instance' && target === name)
    const absent: InstanceSpan[] =
      index < instancesAtStart
        ? []
        : [{ fromMs, toMs: added?.effectAtMs == null ? toMs : added.firedAtMs!, state: 'down' }]
    return { name, spans: withoutHoles([...absent, ...spans], fromMs, toMs) }
  })
}

/** Nothing of a fault that did not fire: what it did nobody has seen. */
function spansOf(
  { kind, firedAtMs, effectAtMs, healingAtMs = null, healedAtMs, exit }: FaultRecord,
  endMs: number,
): InstanceSpan[] {
  if (firedAtMs === null || effectAtMs === null) return []
  // Where healing failed, nobody knows that it runs.
  const backAtMs = healedAtMs === null ? endMs : (healingAtMs ?? healedAtMs)
  const spans: InstanceSpan[] = []
  const span = (state: InstanceState, fromMs: number, toMs: number) => spans.push({ state, fromMs, toMs })
  switch (kind) {
    case 'kill-instance':
      span('down', effectAtMs, backAtMs)
      break
    case 'pause-instance':
      span('paused', effectAtMs, backAtMs)
      break
    case 'stop-instance':
    case 'remove-instance': {
      const goneAtMs = exit === null ? backAtMs : firedAtMs + exit.afterMs
      span('draining', firedAtMs, goneAtMs)
      span('down', goneAtMs, backAtMs)
      break
    }
    case 'add-instance':
      span('starting', firedAtMs, effectAtMs)
      return spans
    default:
      return []
  }
  span('starting', backAtMs, healedAtMs ?? endMs)
  return spans
}

/** In order of time, within the run's, and up where nothing is said. */
function withoutHoles(spans: readonly InstanceSpan[], fromMs: number, toMs: number): InstanceSpan[] {
  const filled: InstanceSpan[] = []
  let untilMs = fromMs
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const from = Math.max(untilMs, span.fromMs)
    const to = Math.min(toMs, span.toMs)
    if (to <= from) continue
    if (from > untilMs) filled.push({ fromMs: untilMs, toMs: from, state: 'up' })
    filled.push({ fromMs: from, toMs: to, state: span.state })
    untilMs = to
  }
  if (untilMs < toMs) filled.push({ fromMs: untilMs, toMs, state: 'up' })
  return filled
}
