/** What the demo's control server tells, and the panel on the page draws. Types alone, so that a browser can import it. */

/** `draining`: it has been told to go (SIGTERM), and is closing its sockets. */
export type DemoInstanceState = 'starting' | 'up' | 'draining' | 'down'

export interface DemoInstance {
  /** chat-1, chat-2 …, as in `welcome`. */
  readonly name: string
  readonly state: DemoInstanceState
}

/** Something that happened to an instance. */
export interface DemoEvent {
  /** Rising by one from 1. */
  readonly number: number
  /** Unix milliseconds. */
  readonly atMs: number
  readonly instance: string
  /** A sentence's end, after the name: "was killed (SIGKILL)". */
  readonly what: string
}

/** `GET /instances`, and the answer to every action. */
export interface DemoState {
  readonly instances: readonly DemoInstance[]
  /** The last of them, oldest first. */
  readonly events: readonly DemoEvent[]
}

/** `POST /instances/<name>/<action>`: SIGKILL, SIGTERM, or start it again. */
export const DEMO_ACTIONS = ['kill', 'drain', 'start'] as const
export type DemoAction = (typeof DEMO_ACTIONS)[number]

/** In which states an action makes sense; in others it is refused with 409. */
export const DEMO_ACTION_STATES: Readonly<Record<DemoAction, readonly DemoInstanceState[]>> = {
  kill: ['up', 'draining'],
  drain: ['up'],
  start: ['down'],
}
