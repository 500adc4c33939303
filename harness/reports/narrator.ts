/**
 * Tells what is going on while a run goes: a live view or plain lines for people, metrics for Prometheus. Nothing that it says is used for
 * judging.
 */

import type { HttpCounters, WorkerCounters } from '../ledger/worker-counters.ts'
import { monotonicMs } from '../monotonic.ts'
import type { Plan, PlannedFault, PlannedMessages } from '../plan/plan.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { Intended } from './intended.ts'
import { liveView } from './live-view.ts'
import { HarnessMetrics } from './metrics.ts'
import { progressLine } from './progress.ts'
import { type LoadView, RunWatch, type ToldStage } from './run-watch.ts'
import type { Screen } from './screen.ts'

/** Often enough to see a fault's effect, rarely enough to read. */
const PROGRESS_EVERY_MS = 2000

export interface NarratorOptions {
  readonly plan: Plan
  readonly budgets: Budgets
  /** Null: no metrics. */
  readonly metricsPort: number | null
  readonly metricsHost: string
  readonly screen: Screen
}

export class Narrator implements AsyncDisposable {
  readonly #screen: Screen
  readonly #metrics = new HarnessMetrics()
  readonly #watch: RunWatch
  #view: Disposable | null
  #timer: NodeJS.Timeout | null = null
  readonly #plan: Plan
  readonly #intended = new Intended()

  private constructor(plan: Plan, screen: Screen) {
    this.#screen = screen
    this.#plan = plan
    this.#watch = new RunWatch(plan)
    this.#view = screen.canRedraw ? screen.show(size => this.#draw(size)) : null
  }

  /** Throws where the metrics port cannot be had. Where the screen can be redrawn, it shows a live view from now on. */
  static async start({ plan, budgets, metricsPort, metricsHost, screen }: NarratorOptions): Promise<Narrator> {
    const narrator = new Narrator(plan, screen)
    try {
      narrator.#metrics.setBudgets(budgets)
      narrator.#metrics.watchIntended(() => narrator.#intended.upTo(monotonicMs()))
      for (const { kind, target } of plan.faults) narrator.#metrics.setFault(kind, target, false)
      if (metricsPort !== null) {
        screen.print(`metrics at ${await narrator.#metrics.listen(metricsPort, metricsHost)}`)
      }
      return narrator
    } catch (error) {
      await narrator[Symbol.asyncDispose]()
      throw error
    }
  }

  say(line: string): void {
    this.#screen.print(`  ${line}`)
  }

  phase(name: string): void {
    this.#watch.phase(name)
    this.#metrics.setPhase(name)
    this.#screen.print(`${name} …`)
  }

  /** How long each step took that is over or goes on, and all of them. */
  durationsSeconds(): Record<string, number> {
    return this.#watch.durationsSeconds()
  }

  /** What the run goes by. */
  runsOn(driver: string): void {
    const { scenario, seed } = this.#plan
    this.#metrics.setRun({ scenario, seed, driver })
  }

  /** The load has a time from now on; `zeroAtMs` is the monotonic time of the plan's 0. */
  beginLoad(zeroAtMs: number): void {
    this.#watch.beginLoad(zeroAtMs)
  }

  /** These messages are sent from now on; `zeroAtMs` is the monotonic time that their own times count from. */
  beginSending(messages: PlannedMessages, zeroAtMs: number): void {
    this.#intended.begin(messages, zeroAtMs)
  }

  /** From now on the load is told of: in the live view, or by a line every two seconds. */
  watch(load: () => LoadView): void {
    this.#watch.watch(load)
    this.#metrics.watchOwed(() => {
      const { outstanding, overdue } = load()
      return { outstanding, lost: overdue }
    })
    if (this.#view !== null) return
    this.#timer = setInterval(() => {
      this.#watch.sample()
      this.#screen.print(progressLine(this.#watch.progress()))
    }, PROGRESS_EVERY_MS)
  }

  counters(worker: number, counters: WorkerCounters): void {
    this.#metrics.update(worker, counters)
  }

  httpCounters(counters: HttpCounters): void {
    this.#metrics.updateHttp(counters)
    this.#watch.httpCounters(counters)
  }

  fault(planned: PlannedFault, stage: ToldStage): void {
    this.#watch.fault(planned, stage)
    const isOver =
      stage === 'healed' || (stage === 'not-fired' && !planned.heals) || (stage === 'fired' && !planned.heals)
    this.#metrics.setFault(planned.kind, planned.target, !isOver)
    this.say(`${planned.kind} ${planned.target}: ${stage.replace('-', ' ')}`)
  }

  /** The run is over: what comes next is its report. Metrics are still served. */
  endView(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#view?.[Symbol.dispose]()
    this.#view = null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endView()
    await this.#metrics.close()
  }

  #draw(size: Parameters<typeof liveView>[1]): string[] {
    this.#watch.sample()
    return liveView(this.#watch.live(), size)
  }
}
