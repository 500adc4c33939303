/**
 * Which core does what: the server that is measured has one to itself, everything that loads it the other. What was busy is read from /proc.
 */

import { readFileSync } from 'node:fs'
import { cpuSeconds } from '../../harness/cluster/process-state.ts'

export const SERVER_CORE = 0
export const LOAD_CORE = 1
/** Linux counts in hundredths of a second, so a window of a second is known to about 1 %. */
const TICKS_PER_SECOND = 100
/** From this share on a core counts as saturated. */
const SATURATED_SHARE = 0.95

/** CPU seconds since boot. */
interface CoreTime {
  readonly busy: number
  readonly total: number
}

interface CpuReading {
  readonly server: CoreTime
  readonly load: CoreTime
  /** CPU seconds of the processes that were asked about, all together. */
  readonly processes: number
}

/** Shares of 0 to 1 between two readings. */
export interface CpuShares {
  readonly serverCore: number
  readonly loadCore: number
  /** CPU seconds of the server's processes. */
  readonly serverSeconds: number
  /** Share of the server's core that others took: a disturbed measurement. */
  readonly foreign: number
}

export function readCpu(serverPids: readonly number[]): CpuReading {
  const stat = readFileSync('/proc/stat', 'utf8')
  const processes = serverPids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0)
  return { server: coreTime(stat, SERVER_CORE), load: coreTime(stat, LOAD_CORE), processes }
}

/** From the text of /proc/stat; see proc(5): user nice system idle iowait irq softirq steal. Time of guests is in user time already. */
export function coreTime(stat: string, core: number): CoreTime {
  const line = stat.split('\n').find(candidate => candidate.startsWith(`cpu${core} `))
  if (line === undefined) throw new Error(`/proc/stat knows no core ${core}`)
  const ticks = line.split(/\s+/).slice(1, 9).map(Number)
  const total = ticks.reduce((sum, count) => sum + count, 0)
  return { total: total / TICKS_PER_SECOND, busy: (total - ticks[3]! - ticks[4]!) / TICKS_PER_SECOND }
}

/** `lookingSeconds` of the load's core were spent on looking in vain, which is no work. */
export function sharesBetween(before: CpuReading, after: CpuReading, lookingSeconds = 0): CpuShares {
  const share = (one: CoreTime, other: CoreTime) =>
    other.total === one.total ? 0 : (other.busy - one.busy) / (other.total - one.total)
  const serverSeconds = after.processes - before.processes
  const serverCore = share(before.server, after.server)
  const own = serverSeconds / Math.max(after.server.total - before.server.total, 1 / TICKS_PER_SECOND)
  const looking = lookingSeconds / Math.max(after.load.total - before.load.total, 1 / TICKS_PER_SECOND)
  const loadCore = Math.max(0, share(before.load, after.load) - looking)
  return { serverCore, loadCore, serverSeconds, foreign: Math.max(0, serverCore - own) }
}

/** The saturated core in words, for the table. */
export function saturatedCore({ serverCore, loadCore }: Pick<CpuShares, 'serverCore' | 'loadCore'>): string {
  const names = [...(serverCore >= SATURATED_SHARE ? ['server'] : []), ...(loadCore >= SATURATED_SHARE ? ['load'] : [])]
  return names.length === 0 ? 'none' : names.join(' and ')
}
