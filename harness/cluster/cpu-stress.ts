/**
 * Busy processes that take the CPU from an instance, for the driver that has no quotas. They cannot be aimed: everybody on the machine
 * gets less, the harness too, which shows in the lag of its sends.
 */

import { availableParallelism, devNull, tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, type ChildCommand, inheritedEnvironment } from './child.ts'
import type { CpuStressed } from './cluster.ts'
import { cpuSeconds } from './process-state.ts'

/** A smaller share would take more processes than a machine starts in a moment. */
const BUSY_PROCESSES_MAX = 128
/** Each has to have used some CPU by then, on a machine that is busy with many of them. */
const SEEN_WITHIN_MS = 10_000
const SEEN_POLL_MS = 50

/** Spins for as long as the harness, whose pid is its argument, is there: nobody else would stop it. */
const SPIN = 'while kill -0 "$1" 2>&-; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done'

/** With the instance's one thread they share all CPUs evenly, which leaves it this share of one. */
export function busyProcesses(share: number, cpus: number): number {
  return Math.min(BUSY_PROCESSES_MAX, Math.max(1, Math.ceil(cpus / share) - 1))
}

/** Starts them by `spawn` and waits until each is seen to use the CPU. Where one is not, all are ended and an error is thrown. */
export async function stressByCompetition(
  name: string,
  share: number,
  spawn: (command: ChildCommand) => Child,
): Promise<CpuStressed> {
  const count = busyProcesses(share, availableParallelism())
  const children = Array.from({ length: count }, (_, index) => spawn(busyCommand(`busy-${index + 1}-beside-${name}`)))
  const undo = async () => {
    await Promise.all(children.map(child => child.remove()))
  }
  const startedAtMs = performance.now()
  const used = () => children.map(({ pid }) => (pid === null ? 0 : (cpuSeconds(pid) ?? 0)))
  while (!used().every(seconds => seconds > 0)) {
    if (performance.now() - startedAtMs > SEEN_WITHIN_MS || children.some(({ life }) => !life.isRunning)) {
      await undo()
      throw new Error(`Not all of ${count} busy processes stayed and used the CPU within ${SEEN_WITHIN_MS / 1000} s.`)
    }
    await sleep(SEEN_POLL_MS)
  }
  const seconds = used().reduce((sum, one) => sum + one, 0)
  const withinMs = Math.round(performance.now() - startedAtMs)
  return { evidence: `${count} busy processes have used ${seconds.toFixed(2)} s of CPU within ${withinMs} ms`, undo }
}

function busyCommand(name: string): ChildCommand {
  return {
    name,
    command: '/bin/sh',
    arguments: ['-c', SPIN, name, String(process.pid)],
    folder: tmpdir(),
    environment: inheritedEnvironment(),
    logPath: devNull,
  }
}
