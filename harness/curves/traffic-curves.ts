/** What happened in each second, by when it happened, and who was connected meanwhile. */

import type { Ledger } from '../ledger/ledger.ts'
import type { Curves, Series } from './curves.ts'
import { nothingMeasured, stepAt, type TimeSteps } from './time-steps.ts'

export function trafficCurves({ messages, deliveredIn }: Ledger, steps: TimeSteps): Curves['perSecond'] {
  const sent = new Float64Array(steps.count)
  const acked = new Float64Array(steps.count)
  for (const { handedAtMs, ackedAtMs } of messages) {
    if (handedAtMs !== null) sent[stepAt(steps, handedAtMs)]!++
    if (ackedAtMs !== null) acked[stepAt(steps, ackedAtMs)]!++
  }
  return {
    sent: perSecond(sent, steps),
    acked: perSecond(acked, steps),
    delivered:
      deliveredIn === undefined ? nothingMeasured(steps) : perSecond(deliveredByStep(deliveredIn, steps), steps),
  }
}

export function deliveredByStep(deliveredIn: NonNullable<Ledger['deliveredIn']>, steps: TimeSteps): Float64Array {
  const delivered = new Float64Array(steps.count)
  for (const { second, count } of deliveredIn) delivered[stepAt(steps, second * 1000)]! += count
  return delivered
}

/** The fewest at any moment of each step: a fault that cuts everybody off for a tenth of a second is seen. */
export function connectedCurve({ clients }: Ledger, steps: TimeSteps): Series {
  const changes: { readonly atMs: number; readonly by: 1 | -1 }[] = []
  for (const { connections } of clients) {
    for (const { openedAtMs, closedAtMs } of connections) {
      changes.push({ atMs: openedAtMs, by: 1 })
      if (closedAtMs !== null) changes.push({ atMs: closedAtMs, by: -1 })
    }
  }
  // Of one moment: who comes first, so that nobody is missed who has only changed over.
  changes.sort((a, b) => a.atMs - b.atMs || b.by - a.by)
  const fewest: number[] = []
  let connected = 0
  let next = 0
  for (let step = 0; step < steps.count; step++) {
    const fromMs = steps.fromMs + step * steps.stepMs
    for (; next < changes.length && changes[next]!.atMs <= fromMs; next++) connected += changes[next]!.by
    let least = connected
    for (; next < changes.length && changes[next]!.atMs < fromMs + steps.stepMs; next++) {
      connected += changes[next]!.by
      least = Math.min(least, connected)
    }
    fewest.push(least)
  }
  return fewest
}

function perSecond(counts: Float64Array, { stepMs }: TimeSteps): Series {
  return Array.from(counts, count => count / (stepMs / 1000))
}
