/**
 * Runs every checker, each guarded: one that throws makes its measures unknown and the run invalid, and stops none of the others.
 */

import { checkConnects } from '../checkers/connects.ts'
import { checkCounter } from '../checkers/counter.ts'
import { checkDiverged } from '../checkers/diverged.ts'
import { checkDrains } from '../checkers/drain.ts'
import { checkDuplicated } from '../checkers/duplicated.ts'
import type { Finding } from '../checkers/finding.ts'
import { checkHttp, type HttpFindings } from '../checkers/http.ts'
import { type IndexedRun, indexRun, messageRecord } from '../checkers/indexed-run.ts'
import { checkLate } from '../checkers/late.ts'
import {
  type Latencies,
  Latency,
  type LatencyByPeriod,
  latencyByWorker,
  mergeKind,
  mergeLatencies,
} from '../checkers/latency.ts'
import { checkLost } from '../checkers/lost.ts'
import { type MemoryGrowth, measureMemory } from '../checkers/memory.ts'
import { countObligations } from '../checkers/obligations.ts'
import { checkPhantom } from '../checkers/phantom.ts'
import { allSteady, mapPhases } from '../checkers/phases.ts'
import { checkReconnects } from '../checkers/reconnects.ts'
import { measureRecovery, NOT_RECOVERED, type Recovery } from '../checkers/recovery.ts'
import { checkReordered } from '../checkers/reordered.ts'
import { checkSlowReaders } from '../checkers/slow-readers.ts'
import { checkStranded } from '../checkers/stranded.ts'
import type { Ledger, MembershipRecord } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { DRAINING_KINDS, GRACEFUL_KINDS } from '../scenario/downtime.ts'
import type { BudgetLimit, Budgets } from '../scenario/scenario.ts'
import type { Counts } from './judgement.ts'

/** What is null could not be worked out; `crashes` says why. */
export interface Examination {
  readonly counts: Counts
  readonly findings: Readonly<Partial<Record<keyof Counts, Finding>>>
  readonly latencies: Latencies
  /** By load worker; all lags together are in `latencies`, too. */
  readonly sendLags: ReadonlyMap<number, LatencyByPeriod>
  readonly noiseFloors: ReadonlyMap<number, LatencyByPeriod>
  /** Of all load workers; without samples where it was not measured. */
  readonly noiseFloor: Latency
  readonly idleRoundTrip: Latency | null
  readonly recoveries: readonly Recovery[] | null
  readonly crashes: readonly string[]
  /** What `stranded` and `uncleanDrains` are counted among. */
  readonly clients: number
  readonly stops: number
  /** What the other measures of this kind are counted among: what was told and judged, connections closed, connections opened again, tries. */
  readonly among: Readonly<
    Record<'counterWrong' | 'slowReadersWithoutCode' | 'reconnectsPerSecondMax' | 'connectsFailed', number>
  >
  /** Clients connect to a balancer, and no fault is worse than a drain. */
  readonly isBalancedAndGraceful: boolean
  /** Null: it is known whether counts were wrong. */
  readonly whyCounterUnknown: string | null
  /** Null: the plan has no HTTP load. */
  readonly http: HttpFindings | null
  /** Null: nobody looked. */
  readonly memory: readonly MemoryGrowth[] | null
}

/** How `crashes` are told, and where they make a run invalid. */
export const CHECKER_CRASHED = /^checker .+ crashed: /

/** What a checker throws is caught; a ledger must have the declared shape, which its reader sees to. */
export function examine(plan: Plan, budgets: Budgets, ledger: Ledger): Examination {
  const crashes: string[] = []
  const guarded = <T>(checker: string, work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      crashes.push(`checker ${checker} crashed: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }

  const recoveries = guarded('recovery', () => measureRecovery(plan, ledger, steadyLimitOf(budgets.crossInstanceP99Ms)))
  const phases =
    guarded('phases', () => mapPhases(plan, ledger.faults, steadyTimes(ledger, recoveries))) ?? allSteady(plan.loadMs)
  const latencies = guarded('latency', () => mergeLatencies(ledger.latencies, phases)) ?? mergeLatencies([], phases)
  const byWorker = (kind: 'sendLag' | 'noiseFloor'): Map<number, LatencyByPeriod> =>
    guarded(`latency of ${kind}`, () => latencyByWorker(ledger.latencies, phases, kind)) ?? new Map()
  const noiseFloors = byWorker('noiseFloor')
  const idleRoundTrip = guarded('latency of idleRoundTrip', () => mergeKind(ledger.latencies, 'idleRoundTrip'))

  const run = guarded('index', () => indexRun(plan, ledger))
  const check = <T>(checker: string, work: (run: IndexedRun) => T): T | null =>
    run === null ? null : guarded(checker, () => work(run))
  const loss = check('lost', run => checkLost(run, phases))
  const counter = check('counter', run => checkCounter(run, phases))
  const slowReaders = check('slow-readers', run => checkSlowReaders(run, phases))
  const reconnects = check('reconnects', run => checkReconnects(run, phases))
  const connects = check('connects', run => checkConnects(run, phases))
  const found = {
    lost: loss?.lost ?? null,
    duplicated: check('duplicated', run => checkDuplicated(run, phases)),
    reordered: check('reordered', run => checkReordered(run, phases)),
    diverged: check('diverged', run => checkDiverged(run, phases)),
    phantom: check('phantom', run => checkPhantom(run, phases)),
    declaredGaps: loss?.declaredGaps ?? null,
    stranded: ledger.rollCallAtMs === null ? null : check('stranded', run => checkStranded(run, phases)),
    late: check('late', run => checkLate(run, phases)),
    uncleanDrains: check('drain', run => checkDrains(run, phases)),
    counterWrong: counter?.counterWrong ?? null,
    slowReadersWithoutCode: slowReaders?.slowReadersWithoutCode ?? null,
    reconnectsPerSecondMax: reconnects?.reconnectsPerSecondMax ?? null,
    connectsFailed: connects?.connectsFailed ?? null,
  }
  const counts: Counts = {
    ...countSends(ledger),
    obligations: check('obligations', countObligations),
    ...countDeliveries(ledger),
    deliveredAcross: check('deliveries', countDeliveredAcross),
    ...countsOf(found),
  }
  const findings = Object.fromEntries(Object.entries(found).filter(([, finding]) => finding !== null))
  return {
    counts,
    findings: findings as Examination['findings'],
    latencies,
    sendLags: byWorker('sendLag'),
    noiseFloors,
    noiseFloor: Latency.merge([...noiseFloors.values()].map(({ run }) => run)),
    idleRoundTrip,
    recoveries,
    crashes,
    clients: plan.clients.length,
    stops: ledger.faults.filter(({ kind, status }) => DRAINING_KINDS.includes(kind) && status === 'fired').length,
    among: {
      counterWrong: counter?.judged ?? 0,
      slowReadersWithoutCode: slowReaders?.closed ?? 0,
      reconnectsPerSecondMax: reconnects?.reconnects ?? 0,
      connectsFailed: connects?.tries ?? 0,
    },
    isBalancedAndGraceful:
      plan.balancer !== undefined && plan.faults.every(({ kind }) => GRACEFUL_KINDS.includes(kind)),
    whyCounterUnknown: counter?.whyUnknown ?? null,
    http: guarded('http', () => checkHttp(plan, ledger)),
    memory: guarded('memory', () => measureMemory(ledger)),
  }
}

/** The limit that seconds must keep to count as steady. Null: none. */
function steadyLimitOf(limit: BudgetLimit | undefined): number | null {
  return (typeof limit === 'object' ? limit.steady : limit) ?? null
}

function steadyTimes(ledger: Ledger, recoveries: readonly Recovery[] | null): (number | null)[] {
  return ledger.faults.map((_, index) => {
    const { fromMs, steadyMs } = recoveries?.[index] ?? NOT_RECOVERED
    return fromMs === null || steadyMs === null ? null : fromMs + steadyMs
  })
}

function countsOf<Name extends string>(found: Record<Name, Finding | null>): Record<Name, number | null> {
  const counts = Object.entries<Finding | null>(found).map(([measure, finding]) => [measure, finding?.count ?? null])
  return Object.fromEntries(counts) as Record<Name, number | null>
}

function countSends(ledger: Ledger) {
  const outcomes = { ok: 0, rejected: 0, unknown: 0 }
  let sent = 0
  for (const { outcome, handedAtMs } of ledger.messages) {
    // What was planned for after the abort was not refused by anybody.
    if (ledger.aborted !== null && handedAtMs === null) continue
    outcomes[outcome]++
    if (handedAtMs !== null) sent++
  }
  return { sent, ...outcomes }
}

function countDeliveries(ledger: Ledger) {
  const memberships = ledger.clients.flatMap(client => client.memberships)
  const sum = (of: (membership: MembershipRecord) => number) =>
    memberships.reduce((total, membership) => total + of(membership), 0)
  return {
    delivered: sum(({ deliveries }) => deliveries.reduce((total, { numbers }) => total + numbers.length, 0)),
    holes: sum(membership => membership.holes.length),
    duplicatedOnWire: sum(membership => membership.duplicatedOnWire),
  }
}

function countDeliveredAcross(run: IndexedRun): number {
  let count = 0
  for (const { connections, memberships } of run.ledger.clients) {
    for (const { deliveries } of memberships) {
      for (const { connection, numbers } of deliveries) {
        const at = connections[connection]?.instance
        for (const number of numbers) {
          const { ackedInstance: from } = messageRecord(run.ledger, number)
          if (from >= 0 && from !== at) count++
        }
      }
    }
  }
  return count
}
