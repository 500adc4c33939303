/**
 * Who owns what a run has made: a process, named so exactly that a later process with the same pid is not taken for it. Only things
 * whose owner is certainly gone may be reaped.
 *
 * Linux reads /proc; elsewhere `ps` is asked, whose start times are exact to a second. Windows is not handled.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Owner {
  /** Where the pid has a meaning: host and pid namespace, hashed. A Docker engine can be shared by several of these. */
  readonly machine: string
  readonly pid: number
  /** Opaque; equal for the same process only, across reboots too. */
  readonly startTime: string
}

/** A process by pid and start time. */
export type ProcessIdentity = Pick<Owner, 'pid' | 'startTime'>

const OWNER_TEXT = /^([0-9a-f]{12})\.([1-9][0-9]*)\.([0-9a-z-]+)$/

/** The owner of everything that this process makes. */
export function thisProcess(): Owner {
  const startTime = processStartTime(process.pid)
  if (startTime === null) throw new Error('The start time of this process cannot be read from /proc or `ps`.')
  return { machine: thisMachine(), pid: process.pid, startTime }
}

/** One word without slashes or spaces, fit for a label and a file name. */
export function formatOwner(owner: Owner): string {
  return `${owner.machine}.${owner.pid}.${owner.startTime}`
}

/** Null where the text is not of {@link formatOwner}. */
export function parseOwner(text: string): Owner | null {
  const match = OWNER_TEXT.exec(text)
  return match === null ? null : { machine: match[1]!, pid: Number(match[2]), startTime: match[3]! }
}

/** True only where the owner is certainly gone: owners on other machines never are, as seen from here. */
export function isOwnerGone(owner: Owner): boolean {
  return owner.machine === thisMachine() && !isProcessAlive(owner)
}

/** Whether this very process is there, a later one with its pid does not count. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime
}

/** Null where there is no such process. A zombie counts as none: it holds nothing and cannot be killed. */
export function processStartTime(pid: number): string | null {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid)
}

function startTimeFromProc(pid: number): string | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const ticks = startTicks(stat)
  return ticks === null ? null : `${bootId()}-${ticks}`
}

/**
 * The process's start in clock ticks since boot, from the text of /proc/<pid>/stat (proc(5): field 22); null for a zombie. The
 * command, field 2, may hold spaces and brackets, so counting begins behind the last bracket, with field 3.
 */
export function startTicks(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null)
}

/** Ticks count from boot, so the boot belongs to them. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
}

function startTimeFromPs(pid: number): string | null {
  let line: string
  try {
    line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
  const [state, ...started] = line.split(/\s+/)
  const startedAt = Date.parse(started.join(' '))
  return state === undefined || state.startsWith('Z') || Number.isNaN(startedAt) ? null : String(startedAt)
}

let machine: string | null = null

function thisMachine(): string {
  machine ??= createHash('sha256')
    .update([hostname(), machineId(), pidNamespace()].join('\n'))
    .digest('hex')
    .slice(0, 12)
  return machine
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return ''
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
