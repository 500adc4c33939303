/**
 * Failed connects: tries of clients to connect that were refused, reset, not answered in time or not with an upgrade, or closed before the welcome. A
 * client that chooses an instance itself has them whenever one is down, and tries another; behind a balancer, which is to know who is there, a
 * person would wait for the next try with every one of them.
 */

import { attribute } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

export interface ConnectFinding {
  readonly connectsFailed: Finding
  /** Connections that were opened, and tries that failed. */
  readonly tries: number
}

export function checkConnects(run: IndexedRun, phases: PhaseMap): ConnectFinding {
  const { plan, ledger } = run
  const found = new FindingCollector()
  let tries = 0
  ledger.clients.forEach(({ connections, failedConnects = [] }, client) => {
    tries += connections.length + failedConnects.length
    for (const { instance, why, atMs } of failedConnects) {
      found.add({
        ...attribute(run, phases, { what: `could not connect: ${why}`, atMs }),
        client: plan.clients[client]!.name,
        instance: plan.instances[instance] ?? null,
      })
    }
  })
  return { connectsFailed: found.finding(), tries }
}
