/** What the system tells of a process while it runs. Linux reads /proc; elsewhere `ps` is asked. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Linux tells CPU time to programs in hundredths of a second, whatever its own clock does (proc(5), USER_HZ). */
const TICKS_PER_SECOND = 100

/** Whether a signal has stopped it. False where there is no such process. */
export function isStopped(pid: number): boolean {
  const state = process.platform === 'linux' ? statFields(pid)?.[0] : askPs(pid, 'stat')
  return state?.startsWith('T') ?? false
}

/** CPU time that it has used, in user and system together; null where there is no such process. */
export function cpuSeconds(pid: number): number | null {
  if (process.platform !== 'linux') return secondsOf(askPs(pid, 'time'))
  const fields = statFields(pid)
  // Fields 14 and 15, counted from 1; the first here is field 3.
  return fields === null ? null : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** "1-02:03:04.50" as `ps` writes it: days, hours, minutes, seconds, the first ones left out where they are 0. */
export function secondsOf(time: string | null): number | null {
  if (time === null) return null
  const [days, clock] = time.includes('-') ? (time.split('-') as [string, string]) : ['0', time]
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400
}

/** From field 3 on, the state. The command before it may hold spaces and brackets. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function askPs(pid: number, column: string): string | null {
  try {
    return (
      execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    )
  } catch {
    return null
  }
}
