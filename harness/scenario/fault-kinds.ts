/**
 * Every kind of fault, as data: what it hits, which settings it takes and what they are unless a scenario says otherwise. The types of a
 * scenario's faults, their validation, the plan and `docs/scenarios.md` follow this table; the code of each kind is in
 * `harness/faults/`, in the file that bears its name.
 */

export interface FaultKind {
  readonly about: string
  /** `instances`: one fault for each instance that the target means. `redis`: the server. `new-instance`: one that was not there. */
  readonly hits: 'instances' | 'redis' | 'new-instance'
  /** Which instances, unless the scenario says. Of no meaning for what does not hit instances. */
  readonly target: 'random' | 'all'
  /**
   * What ends it: `restart` a new start after `downSeconds`, unless `restart` is false; `time` its own undoing after `forSeconds`;
   * `nothing` it has done its work at once.
   */
  readonly endsBy: 'restart' | 'time' | 'nothing'
  /** Whether the instance does not serve meanwhile, so that no other fault may hit it and somebody else has to be up. */
  readonly isDown: boolean
  /** The link that has to run through a proxy for it. */
  readonly link: 'clients' | 'redis' | null
  /** Until both sides must have found out what it did, where nobody is told. The service has to be set as quick as the clients are. */
  readonly foundOutMsMax?: number
  readonly settings: Readonly<Record<string, number | boolean | string>>
}

/** As good as no limit. */
const BYTES_PER_SECOND_UNLIMITED = 1_000_000_000

/** Settings whose value is one of a few words, so that the types below are those words. */
const RESET_OR_HOLE = 'black-hole' as 'black-hole' | 'reset'
const DIRECTION = 'both' as 'both' | 'to-redis' | 'from-redis'
const SIGNAL = 'SIGTERM' as 'SIGTERM' | 'SIGKILL'
const DATA = 'kept' as 'kept' | 'lost'
const RESTART = true as boolean

export const FAULT_KINDS = {
  'kill-instance': {
    about: 'SIGKILL to an instance.',
    ...{ hits: 'instances', target: 'random', endsBy: 'restart', isDown: true, link: null },
    settings: { restart: RESTART, downSeconds: 1 },
  },
  'stop-instance': {
    about: 'SIGTERM to an instance, which has to drain.',
    ...{ hits: 'instances', target: 'random', endsBy: 'restart', isDown: true, link: null },
    settings: { restart: RESTART, downSeconds: 1 },
  },
  'pause-instance': {
    about: 'Freezes an instance (SIGSTOP, docker pause): it holds its sockets and does nothing.',
    ...{ hits: 'instances', target: 'random', endsBy: 'time', isDown: true, link: null },
    settings: { forSeconds: 5 },
  },
  'add-instance': {
    about: 'Starts one more instance, to which a fair share of the clients moves.',
    ...{ hits: 'new-instance', target: 'random', endsBy: 'nothing', isDown: false, link: null },
    settings: {},
  },
  'remove-instance': {
    about: 'SIGTERM to an instance that does not come back and whose address is taken off the list.',
    ...{ hits: 'instances', target: 'random', endsBy: 'nothing', isDown: true, link: null },
    settings: {},
  },
  'stress-cpu': {
    about: 'Leaves an instance this share of one core: a quota for its container, busy neighbours for a process.',
    ...{ hits: 'instances', target: 'random', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 5, share: 0.25 },
  },
  'restart-redis': {
    about: 'Ends the Redis server by a signal and starts it again, with its data or without.',
    ...{ hits: 'redis', target: 'all', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 1, signal: SIGNAL, data: DATA },
  },
  'fill-redis': {
    about: 'Lets Redis run out of its memory limit, so that it refuses writes.',
    ...{ hits: 'redis', target: 'all', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 5 },
  },
  'cut-redis': {
    about: 'Cuts the link of an instance to Redis: everything disappears, or connections are reset.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: 'redis' },
    settings: { forSeconds: 5, how: RESET_OR_HOLE, direction: DIRECTION },
  },
  'slow-redis': {
    about: 'Makes the link of an instance to Redis slow, each way.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: 'redis' },
    settings: { forSeconds: 5, latencyMs: 50, jitterMs: 25, bytesPerSecond: BYTES_PER_SECOND_UNLIMITED },
  },
  'cut-clients': {
    about: 'Resets a share of the connections between clients and an instance, at once.',
    ...{ hits: 'instances', target: 'all', endsBy: 'nothing', isDown: false, link: 'clients' },
    settings: { share: 0.3 },
  },
  'reconnect-storm': {
    about: 'Resets every connection of clients to an instance in the same moment.',
    ...{ hits: 'instances', target: 'all', endsBy: 'nothing', isDown: false, link: 'clients' },
    settings: {},
  },
  'slow-network': {
    about: 'Makes the link of a share of the clients slow, each way.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: 'clients' },
    settings: {
      forSeconds: 5,
      share: 1,
      latencyMs: 100,
      jitterMs: 50,
      bytesPerSecond: BYTES_PER_SECOND_UNLIMITED,
    },
  },
  'half-open-clients': {
    about: 'Lets a share of the connections go dead in both directions for good, without a word to either side.',
    ...{ hits: 'instances', target: 'all', endsBy: 'nothing', isDown: false, link: 'clients' },
    // A client takes 20 s.
    foundOutMsMax: 25_000,
    settings: { share: 0.2 },
  },
  'slow-readers': {
    about: 'Stops a share of the clients from reading, so that the service has to close them.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: 'clients' },
    settings: { forSeconds: 14, share: 0.1 },
  },
  'connection-flood': {
    about: 'Opens many connections beside the load that join nothing, and holds them.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 5, connections: 500 },
  },
  'tab-churn': {
    about: 'Opens and closes tabs beside the load: visitors connect, join rooms of the load and are gone again.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 5, opensPerSecond: 20 },
  },
  'malformed-input': {
    about: 'Sends frames and requests beside the load that break the rules of the wire.',
    ...{ hits: 'instances', target: 'all', endsBy: 'time', isDown: false, link: null },
    settings: { forSeconds: 5, inputsPerSecond: 50 },
  },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof FAULT_KINDS
export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultName[]

/** A kind as the loose table row, for code that treats all kinds alike. */
export function faultKind(name: FaultName): FaultKind {
  return FAULT_KINDS[name]
}

type Widened<Value> = Value extends boolean ? boolean : Value extends number ? number : Value

/** The settings of one kind, all of them, as the plan has them. */
export type FaultSettings<Kind extends FaultName = FaultName> = {
  readonly [Name in keyof (typeof FAULT_KINDS)[Kind]['settings']]: Widened<(typeof FAULT_KINDS)[Kind]['settings'][Name]>
}

/** Whether a fault of these settings ends by itself, as the plan needs to know. */
export function isHealed(name: FaultName, settings: Readonly<Record<string, unknown>>): boolean {
  const { endsBy } = faultKind(name)
  return endsBy === 'time' || (endsBy === 'restart' && settings.restart !== false)
}
