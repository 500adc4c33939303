/**
 * A child process of a run: detached, so that Ctrl-C reaches the harness only; recorded, so that a later run can reap it.
 */

import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Life } from './life.ts'
import type { RunRecord } from './run-record.ts'

/** After SIGKILL the kernel needs some milliseconds; beyond this a process hangs in the kernel and is left to a later run. */
const GONE_WITHIN_MS = 5_000

export interface ChildCommand {
  readonly name: string
  readonly command: string
  readonly arguments: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Output of both kinds is appended here. */
  readonly logPath: string
}

export interface Child {
  readonly life: Life
  /** Null where the command could not be started. */
  readonly pid: number | null
  /** Throws where the process has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  /** Kills the whole process group and waits until the child is gone, for a bounded time. Never throws. */
  remove(): Promise<void>
}

/** A command that cannot be started shows in the life, which is lost then. */
export function spawnChild(command: ChildCommand, record: RunRecord): Child {
  const life = new Life(command.name)
  const log = openSync(command.logPath, 'a')
  const child = spawn(command.command, command.arguments, {
    cwd: command.folder,
    env: command.environment,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const { pid } = child
  if (pid !== undefined) record.addChild(command.name, pid)
  child.once('exit', (code, signal) => life.end({ code, signal, atMs: performance.now() }))
  child.once('error', error => life.lose(error))
  return {
    life,
    pid: pid ?? null,
    kill(signal) {
      if (!child.kill(signal)) throw new Error(`${command.name} is not running, so it gets no ${signal}.`)
    },
    async remove() {
      if (!life.isRunning || pid === undefined) return
      killGroup(pid)
      await life.endedWithin(GONE_WITHIN_MS).catch(() => {})
    },
  }
}

/** SIGKILL to a process that leads a group, and to the rest of its group. One that is gone is no error. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // Gone, or (in a group of somebody else's pid) not ours.
    }
  }
}

/** What a child gets of the harness's own environment: what it needs to find programs and certificates, and nothing that changes a run. */
export function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']
  const entries = names.map(name => [name, process.env[name]] as const)
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}
