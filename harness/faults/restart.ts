/** What undoes a fault that ended an instance: starting it again on its old ports. */

import type { Lifecycle } from '../cluster/cluster.ts'

/** Resolves once the instance says that it is ready. */
export async function healByStart(target: string, cluster: Lifecycle): Promise<void> {
  // Still running: the injection failed, and there is nothing to undo.
  if (!cluster.isRunning(target)) await cluster.start(target)
}
