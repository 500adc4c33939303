/** The instances of a demo: what state each is in, what may be done to it, and what has happened. */

import type { InstanceExit, Lifecycle, Signals } from '../../harness/cluster/cluster.ts'
import { type DemoAction, DEMO_ACTION_STATES, type DemoEvent, type DemoInstanceState, type DemoState } from './demo-state.ts'

/** What of a cluster is needed. */
export type DemoCluster = Pick<Lifecycle, 'start' | 'isRunning'> & Pick<Signals, 'signal' | 'exited'>

/** A drain has its own deadline of 20 s. */
const EXIT_WITHIN_MS = 30_000
const EVENTS_MAX = 50

/** An action that makes no sense now. Its message says why. */
export class DemoRefusal extends Error {
  override readonly name = 'DemoRefusal'
}

export class DemoInstances {
  readonly #cluster: DemoCluster
  readonly #states: Map<string, DemoInstanceState>
  readonly #onEvent: (event: DemoEvent) => void
  readonly #nowMs: () => number
  #events: DemoEvent[] = []

  /** All are up. `onEvent` is told of each event, `nowMs` gives Unix milliseconds. */
  constructor(
    cluster: DemoCluster,
    names: readonly string[],
    { onEvent, nowMs }: { readonly onEvent: (event: DemoEvent) => void; readonly nowMs: () => number },
  ) {
    this.#cluster = cluster
    this.#states = new Map(names.map(name => [name, 'up']))
    this.#onEvent = onEvent
    this.#nowMs = nowMs
  }

  /** The state of all. One that has ended by itself is noticed here. */
  look(): DemoState {
    for (const [name, state] of this.#states) {
      // Nobody here has told it to; Linux may have, out of memory.
      if (state === 'up' && !this.#cluster.isRunning(name)) this.#turn(name, 'down', 'has ended by itself')
    }
    const instances = [...this.#states].map(([name, state]) => ({ name, state }))
    return { instances, events: this.#events }
  }

  has(name: string): boolean {
    return this.#states.has(name)
  }

  /** Resolves when the signal is sent, or the start is under way; what comes of it is in {@link look}. Throws {@link DemoRefusal}. */
  async act(name: string, action: DemoAction): Promise<void> {
    const found = this.look().instances.find(instance => instance.name === name)
    if (found === undefined) throw new DemoRefusal(`There is no instance ${name}.`)
    if (!DEMO_ACTION_STATES[action].includes(found.state)) {
      throw new DemoRefusal(`${name} is ${found.state}, so it cannot be told to ${action}.`)
    }
    if (action === 'start') this.#start(name)
    else await this.#end(name, action)
  }

  #start(name: string): void {
    this.#turn(name, 'starting', 'is starting')
    this.#cluster.start(name).then(
      () => this.#turn(name, 'up', 'is up'),
      (error: Error) => this.#turn(name, 'down', `did not start: ${error.message}`),
    )
  }

  async #end(name: string, action: 'kill' | 'drain'): Promise<void> {
    // The end of one that is leaving is waited for already.
    if (this.#states.get(name) === 'up') {
      this.#cluster.exited(name, EXIT_WITHIN_MS).then(
        exit => this.#turn(name, 'down', endOf(exit)),
        (error: Error) => this.#tell(name, `does not end: ${error.message}`),
      )
    }
    if (action === 'drain') this.#turn(name, 'draining', 'was told to leave (SIGTERM)')
    await this.#cluster.signal(name, action === 'kill' ? 'SIGKILL' : 'SIGTERM')
  }

  #turn(name: string, state: DemoInstanceState, what: string): void {
    this.#states.set(name, state)
    this.#tell(name, what)
  }

  #tell(instance: string, what: string): void {
    const event = { number: (this.#events.at(-1)?.number ?? 0) + 1, atMs: this.#nowMs(), instance, what }
    this.#events = [...this.#events, event].slice(-EVENTS_MAX)
    this.#onEvent(event)
  }
}

function endOf({ code, signal }: InstanceExit): string {
  if (signal === 'SIGKILL') return 'was killed (SIGKILL)'
  if (signal !== null) return `was ended by ${signal}`
  return code === 0 ? 'has left in good order, with exit code 0' : `has ended with exit code ${code}`
}
