/** From plan and ledger to curves. Pure, so a saved run gives the same ones again. */

import { indexRun } from '../checkers/indexed-run.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { CURVES_SCHEMA, type CurveKind, type Curves } from './curves.ts'
import { instanceLanes } from './instance-lanes.ts'
import { latencyCurves, percentilesOf } from './latency-curves.ts'
import { outstandingCurve } from './outstanding-curve.ts'
import { timeSteps } from './time-steps.ts'
import { connectedCurve, trafficCurves } from './traffic-curves.ts'

/** Throws where the two cannot be of the same run, or a histogram is damaged. */
export function deriveCurves(plan: Plan, ledger: Ledger): Curves {
  const steps = timeSteps(plan, ledger)
  const latency = (kind: CurveKind | 'sendLag') => latencyCurves(ledger.latencies, kind, steps)
  const percentiles = (kind: CurveKind) => percentilesOf(ledger.latencies, kind, plan.loadMs)
  return {
    schema: CURVES_SCHEMA,
    stepMs: steps.stepMs,
    fromMs: steps.fromMs,
    latencyMs: { cross: latency('cross'), same: latency('same'), ack: latency('ack'), sendLag: latency('sendLag') },
    perSecond: trafficCurves(ledger, steps),
    connected: connectedCurve(ledger, steps),
    outstanding: outstandingCurve(indexRun(plan, ledger), steps),
    instances: instanceLanes(plan, ledger.faults, steps),
    percentiles: { cross: percentiles('cross'), same: percentiles('same'), ack: percentiles('ack') },
  }
}
