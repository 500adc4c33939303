/**
 * Test support: three instances and a Redis that obey, in memory, so that a fault can be seen to work; and each of them can be told to
 * ignore what is asked of it, so that a fault can be seen not to fire.
 */

import type { CpuStressed, InstanceExit } from '../cluster/cluster.ts'
import type { PlannedFault } from '../plan/plan.ts'
import { type FaultName, type FaultSettings, isHealed } from '../scenario/fault-kinds.ts'
import { settingsOf } from '../scenario/occurrences.ts'
import type { FaultSpec } from '../scenario/scenario.ts'
import type { Visitors } from '../visitors/visitors.ts'
import type { FaultContext } from './fault.ts'
import type { Probes } from './probes.ts'
import { TestClock } from './test-clock.ts'
import { FakeRedis } from './test-fault-redis.ts'

/** What somebody asked for is said to be done, and is not. */
export type Ignored =
  | 'SIGKILL'
  | 'SIGTERM'
  | 'pause'
  | 'silence'
  | 'resume'
  | 'start'
  | 'stress'
  | 'stop-redis'
  | 'start-redis'

interface FakeInstance {
  isRunning: boolean
  isPaused: boolean
  isReady: boolean
  onExit: ((exit: InstanceExit) => void) | null
}

/** A drain takes this long. */
export const DRAIN_MS = 6_000
/** From the start, or the waking up, until it is ready. */
export const START_MS = 800

/** Faults of the cluster send nobody. */
const NO_VISITORS: Visitors = {
  rooms: [],
  begin: () => {
    throw new Error('nobody visits here')
  },
  visits: () => [],
}

export class FakeCluster {
  readonly instances = []
  readonly clock: TestClock
  readonly redis = new FakeRedis()
  readonly ignored = new Set<Ignored>()
  /** What was asked of it, in order. */
  readonly asked: string[] = []
  readonly redisUrl = 'redis://fake'
  readonly stressed = new Map<string, number>()
  readonly #instances = new Map<string, FakeInstance>()

  constructor(clock = new TestClock(), running: readonly string[] = ['chat-1', 'chat-2', 'chat-3']) {
    this.clock = clock
    for (const name of running) this.#instances.set(name, up())
  }

  context(random: () => number = () => 0.5): FaultContext {
    const { now, pause } = this.clock
    return { cluster: this, visitors: NO_VISITORS, probes: this.probes(), now, ofPerformance: ms => ms, pause, random }
  }

  probes(): Probes {
    return {
      readyz: async (name, withinMs) => {
        const { isRunning, isPaused, isReady } = this.#get(name)
        if (!isRunning) return null
        if (!isPaused || this.ignored.has('silence')) return isReady ? 200 : 503
        await this.clock.pause(withinMs)
        return null
      },
      openRedis: () => this.redis.open(),
    }
  }

  /** Everything that is not as it was at the start; empty where all has healed. */
  broken(): string[] {
    const instances = [...this.#instances].flatMap(([name, { isRunning, isPaused, isReady }]) => [
      ...(isRunning ? [] : [`${name} is down`]),
      ...(isPaused ? [`${name} is frozen`] : []),
      ...(isReady ? [] : [`${name} is not ready`]),
      ...(this.stressed.has(name) ? [`${name} is stressed`] : []),
    ])
    return [...instances, ...this.redis.broken()]
  }

  async start(name: string): Promise<void> {
    this.asked.push(`start ${name}`)
    if (this.ignored.has('start')) return
    const instance = this.#get(name)
    instance.isRunning = true
    await this.#getReady(instance)
  }

  isRunning(name: string): boolean {
    return this.#get(name).isRunning
  }

  async signal(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.asked.push(`${signal} ${name}`)
    if (this.ignored.has(signal)) return
    const afterMs = signal === 'SIGTERM' ? DRAIN_MS : 5
    this.clock.at(this.clock.now() + afterMs, () =>
      this.end(name, signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal }),
    )
  }

  /** Ends the instance by itself. */
  end(name: string, how: Pick<InstanceExit, 'code' | 'signal'>): void {
    const instance = this.#get(name)
    Object.assign(instance, { isRunning: false, isPaused: false, isReady: false })
    instance.onExit?.({ ...how, atMs: this.clock.now() })
  }

  /** Runs on, and serves no more. */
  hang(name: string): void {
    this.#get(name).isReady = false
  }

  exited(name: string, timeoutMs: number): Promise<InstanceExit> {
    return new Promise((resolve, reject) => {
      this.#get(name).onExit = resolve
      this.clock.at(this.clock.now() + timeoutMs, () => {
        reject(new Error(`${name} has not ended within ${timeoutMs} ms.`))
      })
    })
  }

  async pause(name: string): Promise<void> {
    this.asked.push(`pause ${name}`)
    if (!this.ignored.has('pause')) this.#get(name).isPaused = true
  }

  async resume(name: string): Promise<void> {
    this.asked.push(`resume ${name}`)
    if (this.ignored.has('resume')) return
    const instance = this.#get(name)
    instance.isPaused = false
    instance.isReady = false
    // It is let go on at once, and ready later.
    void this.#getReady(instance)
  }

  async isPaused(name: string): Promise<boolean> {
    return this.#get(name).isPaused
  }

  async stressCpu(name: string, { share }: { readonly share: number }): Promise<CpuStressed> {
    this.asked.push(`stress ${name}`)
    if (this.ignored.has('stress')) throw new Error(`${name} still got all that it wanted after 5 s.`)
    this.stressed.set(name, share)
    return {
      evidence: `${name} got ${share} of a core`,
      undo: async () => {
        this.stressed.delete(name)
      },
    }
  }

  clientLink(): never {
    throw new Error('The fake cluster has no links.')
  }

  redisLink(): never {
    throw new Error('The fake cluster has no links.')
  }

  async stopRedis(signal: string): Promise<void> {
    this.asked.push(`${signal} redis`)
    if (!this.ignored.has('stop-redis')) this.redis.stop()
  }

  async startRedis(data: 'kept' | 'lost'): Promise<void> {
    this.asked.push(`start redis, ${data}`)
    if (!this.ignored.has('start-redis')) this.redis.start(data)
  }

  async #getReady(instance: FakeInstance): Promise<void> {
    await this.clock.pause(START_MS)
    if (instance.isRunning) instance.isReady = true
  }

  #get(name: string): FakeInstance {
    const instance = this.#instances.get(name) ?? { isRunning: false, isPaused: false, isReady: false, onExit: null }
    this.#instances.set(name, instance)
    return instance
  }
}

/** A fault as the plan has it, at 0, with the settings of its kind. */
export function plannedFault<Kind extends FaultName>(
  kind: Kind,
  changes: Partial<FaultSettings<Kind>> & {
    readonly target?: string
    readonly atMs?: number
    readonly lastsMs?: number
  } = {},
): PlannedFault<Kind> {
  const { target = 'chat-2', atMs = 0, lastsMs = 1_000, ...own } = changes
  const settings = settingsOf({ kind, atSeconds: 0, ...own } as unknown as FaultSpec)
  const heals = isHealed(kind, settings)
  return { kind, target, atMs, heals, lastsMs: heals ? lastsMs : 0, settings: settings as FaultSettings<Kind> }
}

function up(): FakeInstance {
  return { isRunning: true, isPaused: false, isReady: true, onExit: null }
}
