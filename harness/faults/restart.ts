/** What undoes a fault that ended an instance: starting it again on its old ports. */

import type { Lifecycle, Signals } from '../cluster/cluster.ts'

/** After SIGKILL the kernel, or an engine, needs a moment. */
const DEATH_MS_MAX = 10_000

/** Resolves once the instance says that it is ready. */
export async function healByStart(target: string, cluster: Lifecycle): Promise<void> {
  // Still running: the injection failed, and there is nothing to undo.
  if (!cluster.isRunning(target)) await cluster.start(target)
}

/** Ends an instance that was to end by itself and does not. */
export async function endStuck(target: string, cluster: Lifecycle & Signals): Promise<void> {
  if (!cluster.isRunning(target)) return
  const exited = cluster.exited(target, DEATH_MS_MAX)
  exited.catch(() => {})
  await cluster.signal(target, 'SIGKILL')
  await exited
}
