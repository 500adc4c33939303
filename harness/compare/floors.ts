/**
 * How much a measure has to change before the change counts. Only what is beyond the relative **and** the absolute floor does, and only where each run has
 * samples enough. `docs/comparing-runs.md` says how the numbers came about; `--floor` replaces them.
 */

import { suggestion } from '../scenario/nearest.ts'

export interface Floor {
  /** Share of the old value. */
  readonly relative: number
  /** In the measure's own unit. */
  readonly absolute: number
  /**
   * The same where a side has fewer than {@link RUNS_FOR_MEDIAN} runs. A moment in which the machine did something else makes the tail of a run, and no median of runs leaves
   * that run aside. As `absolute` unless given.
   */
  readonly absoluteAlone?: number
  /** Of what the absolute floor is in; empty for counts. */
  readonly unit: '' | 'ms' | 's' | 'MiB'
  /** What each run needs, see `samples` in `docs/result.md`. For a quantile q it is 10 / (1 − q). */
  readonly samplesMin: number
  readonly about: string
}

/** So many runs have a median that one of them cannot move to itself. */
export const RUNS_FOR_MEDIAN = 3

export const FLOORS = {
  violations: {
    ...{ relative: 0, absolute: 0, unit: '', samplesMin: 1 },
    about: 'counts of what no run may have (limit 0): one more is worse',
  },
  counts: {
    ...{ relative: 0.5, absolute: 25, unit: '', samplesMin: 1 },
    about: 'other counts, such as rejected or duplicatedOnWire',
  },
  throughput: {
    ...{ relative: 0.01, absolute: 10, unit: '', samplesMin: 100 },
    about: 'messages acknowledged, deliveries, answered requests: less is worse',
  },
  latencyP50: {
    ...{ relative: 0.5, absolute: 8, unit: 'ms', samplesMin: 20 },
    about: 'median latency where nothing is broken: phase steady, or a run without faults',
  },
  latencyP90: {
    ...{ relative: 0.5, absolute: 15, absoluteAlone: 25, unit: 'ms', samplesMin: 100 },
    about: 'the same at P90',
  },
  latencyP99: {
    ...{ relative: 1, absolute: 25, absoluteAlone: 100, unit: 'ms', samplesMin: 1000 },
    about: 'the same at P99',
  },
  disturbedP50: {
    ...{ relative: 1, absolute: 250, unit: 'ms', samplesMin: 20 },
    about: 'median latency while something is broken: phases fault and recovery, or a run with faults as a whole',
  },
  disturbedP90: {
    ...{ relative: 1, absolute: 500, unit: 'ms', samplesMin: 100 },
    about: 'the same at P90',
  },
  disturbedP99: {
    ...{ relative: 1, absolute: 1000, unit: 'ms', samplesMin: 1000 },
    about: 'the same at P99',
  },
  reconnect: {
    ...{ relative: 1, absolute: 1, unit: 's', samplesMin: 1 },
    about: 'until clients noticed and were back, of the slowest fault of each kind',
  },
  recovery: {
    ...{ relative: 0.5, absolute: 3, unit: 's', samplesMin: 1 },
    about: 'until they heard across instances and the run was steady again, likewise',
  },
  memory: {
    ...{ relative: 0.25, absolute: 16, unit: 'MiB', samplesMin: 3 },
    about: 'memory of the instances, of the one with most',
  },
} as const satisfies Record<string, Floor>

export type FloorKind = keyof typeof FLOORS
export type Floors = Readonly<Record<FloorKind, Floor>>

/** `--floor` cannot be understood. */
export class FloorError extends Error {
  override readonly name = 'FloorError'
}

/** As in `latencyP99=50%,20`, `latencyP99=50%` or `latencyP99=20`. */
const OVERRIDE = /^([A-Za-z0-9]+)=(?:([0-9]+(?:\.[0-9]+)?)%)?,?([0-9]+(?:\.[0-9]+)?)?$/

/** The floors with those of the command line in their place. Throws {@link FloorError}. */
export function overrideFloors(written: readonly string[]): Floors {
  const floors: Record<FloorKind, Floor> = { ...FLOORS }
  for (const text of written) {
    const [, kind, relative, absolute] = OVERRIDE.exec(text) ?? []
    if (kind === undefined || (relative === undefined && absolute === undefined)) {
      const allowed = 'kind=relative%,absolute or one of the two, such as latencyP99=50%,20 or latencyP99=50%'
      throw new FloorError(`--floor: found "${text}"; allowed is ${allowed}`)
    }
    if (!Object.hasOwn(FLOORS, kind)) {
      const kinds = Object.keys(FLOORS)
      throw new FloorError(
        `--floor: "${kind}" is not a kind of measure.${suggestion(kind, kinds)} Kinds: ${kinds.join(', ')}`,
      )
    }
    const { absoluteAlone, ...floor } = floors[kind as FloorKind]
    floors[kind as FloorKind] = {
      ...floor,
      relative: relative === undefined ? floor.relative : Number(relative) / 100,
      ...(absolute === undefined ? absoluteAlone !== undefined && { absoluteAlone } : { absolute: Number(absolute) }),
    }
  }
  return floors
}

/** The floor for so many runs on the side that has fewer. */
export function floorFor(floor: Floor, runs: number): Floor {
  return floor.absoluteAlone === undefined || runs >= RUNS_FOR_MEDIAN
    ? floor
    : { ...floor, absolute: floor.absoluteAlone }
}

/** Such as "5 ms and 50 %". */
export function describeFloor({ relative, absolute, unit }: Floor): string {
  if (relative === 0 && absolute === 0) return 'any'
  return `${absolute}${unit === '' ? '' : ` ${unit}`} and ${Number((relative * 100).toFixed(2))} %`
}
