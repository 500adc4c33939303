/**
 * How each kind of fault is drawn: how often, and each of its settings within limits that make sense for a short run on one machine. Wider
 * limits than these are for scenarios that are written by hand.
 */

import type { Random } from '../plan/random.ts'
import type { FaultName, FaultSettings } from '../scenario/fault-kinds.ts'

export interface FaultDraw<Kind extends FaultName = FaultName> {
  /** Chances against those of the other kinds. */
  readonly weight: number
  /** Its effect shows only on an instance that serves, so it is not planned for one that another fault holds down. */
  readonly needsServing: boolean
  /** An instance that is asked to go meanwhile may miss its deadline through no fault of its own. */
  readonly disturbsDrains: boolean
  /** Every setting; what the drawing leaves out is the kind's own default. */
  readonly settings: (random: Random) => Partial<FaultSettings<Kind>>
}

/** What dies is where things get lost, so processes are ended often; what is beside the load is drawn now and then. */
const OFTEN = 4
const SOMETIMES = 2
const NOW_AND_THEN = 1

export const FAULT_DRAWS: { readonly [Kind in FaultName]: FaultDraw<Kind> } = {
  'kill-instance': {
    ...{ weight: OFTEN, needsServing: false, disturbsDrains: false },
    settings: random => staysAway(random) ?? { downSeconds: tenths(random, 0, 4) },
  },
  'stop-instance': {
    ...{ weight: OFTEN, needsServing: false, disturbsDrains: false },
    // A second at least: clients may notice that late that it has gone, and should not take the next fault for its drain.
    settings: random => staysAway(random) ?? { downSeconds: tenths(random, 1, 4) },
  },
  'pause-instance': {
    ...{ weight: SOMETIMES, needsServing: false, disturbsDrains: false },
    // Below a second nobody notices; clients give up on a silent service after about 5 s, so both sides of that are drawn.
    settings: random => ({ forSeconds: tenths(random, 1, 8) }),
  },
  'add-instance': {
    ...{ weight: NOW_AND_THEN, needsServing: false, disturbsDrains: false },
    settings: () => ({}),
  },
  'remove-instance': {
    ...{ weight: NOW_AND_THEN, needsServing: false, disturbsDrains: false },
    settings: () => ({}),
  },
  'stress-cpu': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: true },
    // With less than a tenth of a core an instance misses its own deadlines, which is a pause by another name.
    settings: random => ({ forSeconds: tenths(random, 2, 6), share: hundredths(random, 0.1, 0.5) }),
  },
  'restart-redis': {
    ...{ weight: SOMETIMES, needsServing: false, disturbsDrains: true },
    // Sends wait 5 s for Redis before they are refused: both sides of that are drawn. Data is lost in one case of four.
    settings: random => ({
      forSeconds: tenths(random, 0.2, 7),
      signal: random.int(2) === 0 ? 'SIGTERM' : 'SIGKILL',
      data: random.int(4) === 0 ? 'lost' : 'kept',
    }),
  },
  'fill-redis': {
    ...{ weight: NOW_AND_THEN, needsServing: false, disturbsDrains: true },
    settings: random => ({ forSeconds: tenths(random, 1, 6) }),
  },
  'cut-redis': {
    ...{ weight: SOMETIMES, needsServing: true, disturbsDrains: true },
    // A dead link is found after 4 to 5 s, so shorter and longer ones are drawn.
    settings: random => ({
      forSeconds: tenths(random, 0.5, 8),
      how: random.int(2) === 0 ? 'black-hole' : 'reset',
      direction: (['both', 'to-redis', 'from-redis'] as const)[random.int(3)],
    }),
  },
  'slow-redis': {
    ...{ weight: SOMETIMES, needsServing: true, disturbsDrains: true },
    // Each way, against a deadline of 2 s for a command and its answer: nearly there at most. No bandwidth below the load's own.
    settings: random => {
      const latencyMs = 5 + random.int(600)
      return { forSeconds: tenths(random, 2, 8), latencyMs, jitterMs: random.int(latencyMs) }
    },
  },
  'cut-clients': {
    ...{ weight: SOMETIMES, needsServing: true, disturbsDrains: true },
    settings: random => ({ share: hundredths(random, 0.1, 1) }),
  },
  'reconnect-storm': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: true },
    settings: () => ({}),
  },
  'slow-network': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: true },
    // A bad mobile connection at most; a second each way and more is near what clients take for dead.
    settings: random => {
      const latencyMs = 10 + random.int(500)
      const share = hundredths(random, 0.1, 1)
      return { forSeconds: tenths(random, 2, 8), share, latencyMs, jitterMs: random.int(latencyMs) }
    },
  },
  'half-open-clients': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: true },
    // More than half would leave nobody to compare with.
    settings: random => ({ share: hundredths(random, 0.1, 0.5) }),
  },
  'slow-readers': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: true },
    // Megabytes of socket buffers fill before the service sees a slow reader; see the load in `draw-scenario.ts`.
    settings: random => ({ forSeconds: tenths(random, 10, 15), share: hundredths(random, 0.05, 0.2) }),
  },
  'connection-flood': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: false },
    // For each instance that it hits; four times 400 stay far from the descriptors of one process.
    settings: random => ({ forSeconds: tenths(random, 2, 6), connections: 50 + random.int(351) }),
  },
  'tab-churn': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: false },
    // 50 handshakes a second are a fair part of what a core can do beside the load.
    settings: random => ({ forSeconds: tenths(random, 2, 8), opensPerSecond: 5 + random.int(46) }),
  },
  'malformed-input': {
    ...{ weight: NOW_AND_THEN, needsServing: true, disturbsDrains: false },
    settings: random => ({ forSeconds: tenths(random, 2, 8), inputsPerSecond: 5 + random.int(96) }),
  },
}

/** A kind's row as code that treats all kinds alike sees it. */
export function faultDraw(kind: FaultName): FaultDraw {
  return FAULT_DRAWS[kind] as FaultDraw
}

/** One in six does. The others are back before clients have all found another instance, or after. */
function staysAway(random: Random): { restart: false } | null {
  return random.int(6) === 0 ? { restart: false } : null
}

/** Uniform, both ends included, in steps that read well in a scenario file. */
export function tenths(random: Random, from: number, to: number): number {
  return steps(random, from, to, 10)
}

function hundredths(random: Random, from: number, to: number): number {
  return steps(random, from, to, 100)
}

function steps(random: Random, from: number, to: number, perUnit: number): number {
  const first = Math.round(from * perUnit)
  return (first + random.int(Math.round(to * perUnit) - first + 1)) / perUnit
}
