/** What is known of a run while it goes: its steps, its faults, and how its load does. For showing only. */

import type { HttpCounters, WorkerCounters } from '../ledger/worker-counters.ts'
import { monotonicMs } from '../monotonic.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import type { LiveFault, LiveFaultState, LiveLoad, LiveSnapshot } from './live-view.ts'
import { LoadWindow } from './load-window.ts'
import type { ProgressSnapshot } from './progress.ts'

/** Of the load, whenever there is something to tell. */
export interface LoadView {
  readonly clients: number
  readonly connected: number
  readonly outstanding: number
  /** Owed for longer than the deadline. */
  readonly overdue: number
  readonly counters: readonly WorkerCounters[]
}

export type ToldStage = 'injecting' | 'fired' | 'not-fired' | 'healed' | 'not-healed'

/** So that a change is seen at once. A little less than the time between two lines, so that each tells of the time since the one before. */
const RATES_OVER_MS = 1900
/** A p99 takes some samples. */
const LATENCY_OVER_MS = 5000
const CURVE_STEP_MS = 1000
const CURVE_STEPS_MAX = 60

interface FaultStanding {
  readonly state: LiveFaultState
  readonly sinceMs: number
}

export class RunWatch {
  readonly #plan: Plan
  readonly #phases: { readonly name: string; readonly atMs: number }[] = []
  readonly #faults = new Map<PlannedFault, FaultStanding>()
  readonly #window = new LoadWindow(LATENCY_OVER_MS)
  readonly #delivered: number[] = []
  readonly #crossP99Ms: (number | null)[] = []
  #curveAtMs: number | null = null
  #load: (() => LoadView) | null = null
  #zeroAtMs: number | null = null
  /** Null: there is no HTTP load, or it has not begun. */
  #http: HttpCounters | null = null

  constructor(plan: Plan) {
    this.#plan = plan
    for (const planned of plan.faults) this.#faults.set(planned, { state: 'to-come', sinceMs: 0 })
  }

  phase(name: string): void {
    this.#phases.push({ name, atMs: monotonicMs() })
  }

  /** `zeroAtMs` is the monotonic time of the plan's 0. */
  beginLoad(zeroAtMs: number): void {
    this.#zeroAtMs = zeroAtMs
  }

  watch(load: () => LoadView): void {
    this.#load = load
    this.sample()
  }

  httpCounters(counters: HttpCounters): void {
    this.#http = counters
  }

  fault(planned: PlannedFault, stage: ToldStage): void {
    // What was not seen to fire is undone all the same; that it did not fire is what is told of it.
    if (this.#faults.get(planned)?.state === 'not-fired' && stage === 'healed') return
    this.#faults.set(planned, { state: stateOf(planned, stage), sinceMs: monotonicMs() })
  }

  /** As "kill-instance chat-2". */
  activeFaults(): string[] {
    const active = [...this.#faults].filter(([, { state }]) => state === 'injecting' || state === 'active')
    return active.map(([planned]) => nameOf(planned))
  }

  /** How long each step took that is over or goes on, and all of them. */
  durationsSeconds(): Record<string, number> {
    const endMs = monotonicMs()
    const endOf = (index: number) => this.#phases[index + 1]?.atMs ?? endMs
    const steps = this.#phases.map(({ name, atMs }, index) => [name, (endOf(index) - atMs) / 1000] as const)
    return { ...Object.fromEntries(steps), total: (endMs - (this.#phases[0]?.atMs ?? endMs)) / 1000 }
  }

  /** Takes down how the load stands now. */
  sample(): void {
    if (this.#load === null) return
    const nowMs = monotonicMs()
    this.#window.add(nowMs, this.#load().counters, this.#http ?? {})
    this.#curveAtMs ??= nowMs
    if (nowMs < this.#curveAtMs + CURVE_STEP_MS) return
    const { delivered, crossP99Ms } = this.#window.over(CURVE_STEP_MS)
    keepLast(this.#delivered, delivered)
    keepLast(this.#crossP99Ms, crossP99Ms)
    this.#curveAtMs = nowMs
  }

  /** For a line; its rates and latencies are those of the last two seconds. Only once there is a load. */
  progress(): ProgressSnapshot {
    const { clients, connected, outstanding } = this.#load!()
    const { sent, acked, delivered, httpAnswered, crossP99Ms } = this.#window.over(RATES_OVER_MS)
    return {
      phase: this.#phase.name,
      atSeconds: this.#atSeconds(monotonicMs()),
      clients,
      clientsConnected: connected,
      sentPerSecond: sent,
      ackedPerSecond: acked,
      deliveredPerSecond: delivered,
      outstanding,
      crossP99Ms,
      http: this.#http === null ? null : { answeredPerSecond: httpAnswered, errors: errorsOf(this.#http) },
      faultActive: this.activeFaults().join(', ') || null,
    }
  }

  live(): LiveSnapshot {
    const nowMs = monotonicMs()
    const { name, atMs } = this.#phase
    const { scenario, loadMs } = this.#plan
    const atSeconds = this.#atSeconds(nowMs)
    return {
      scenario,
      phase: name,
      phaseSeconds: (nowMs - atMs) / 1000,
      progress: this.#progressOf(name, atSeconds),
      loadSeconds: name === 'load' && atSeconds !== null ? { at: atSeconds, of: loadMs / 1000 } : null,
      atSeconds,
      faults: [...this.#faults].map(([planned, standing]) => liveFault(planned, standing, nowMs)),
      load: this.#liveLoad(),
    }
  }

  get #phase() {
    return this.#phases.at(-1) ?? { name: 'starting', atMs: monotonicMs() }
  }

  #atSeconds(nowMs: number): number | null {
    return this.#zeroAtMs === null ? null : (nowMs - this.#zeroAtMs) / 1000
  }

  #progressOf(phase: string, atSeconds: number | null): LiveSnapshot['progress'] {
    const { loadMs, warmUpMs, clients } = this.#plan
    if (phase === 'connecting' && this.#load !== null) {
      const { connected } = this.#load()
      return { share: connected / clients.length, told: `${connected} of ${clients.length}` }
    }
    if (atSeconds === null) return null
    if (phase === 'warm-up') return ofTime(atSeconds + warmUpMs / 1000, warmUpMs / 1000)
    return phase === 'load' ? ofTime(atSeconds, loadMs / 1000) : null
  }

  #liveLoad(): LiveLoad | null {
    if (this.#load === null) return null
    const { clients, connected, outstanding, overdue, counters } = this.#load()
    const { crossP50Ms, crossP99Ms, sendLagP99Ms } = this.#window.over(LATENCY_OVER_MS)
    return {
      clients,
      clientsConnected: connected,
      outstanding,
      overdue,
      rates: { ...this.#window.over(RATES_OVER_MS), crossP50Ms, crossP99Ms, sendLagP99Ms },
      httpErrors: this.#http === null ? null : errorsOf(this.#http),
      eventLoopUtilization: Math.max(0, ...counters.map(({ eventLoopUtilization }) => eventLoopUtilization)),
      deliveredBySecond: this.#delivered,
      crossP99MsBySecond: this.#crossP99Ms,
    }
  }
}

function stateOf({ heals }: PlannedFault, stage: ToldStage): LiveFaultState {
  if (stage === 'injecting' || stage === 'not-fired' || stage === 'not-healed') return stage
  return stage === 'fired' && heals ? 'active' : 'over'
}

function liveFault(planned: PlannedFault, { state, sinceMs }: FaultStanding, nowMs: number): LiveFault {
  return {
    name: nameOf(planned),
    state,
    atSeconds: planned.atMs / 1000,
    forSeconds: (nowMs - sinceMs) / 1000,
    lastsSeconds: planned.heals ? planned.lastsMs / 1000 : null,
  }
}

function nameOf({ kind, target }: PlannedFault): string {
  return `${kind} ${target}`
}

function ofTime(atSeconds: number, ofSeconds: number): LiveSnapshot['progress'] {
  const at = Math.min(ofSeconds, Math.max(0, atSeconds))
  return { share: ofSeconds === 0 ? 1 : at / ofSeconds, told: `${Math.floor(at)} of ${Math.round(ofSeconds)} s` }
}

function errorsOf(http: HttpCounters): number {
  return Object.values(http).reduce((total, { errors }) => total + errors, 0)
}

function keepLast<Value>(values: Value[], value: Value): void {
  values.push(value)
  if (values.length > CURVE_STEPS_MAX) values.shift()
}
