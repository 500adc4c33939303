/**
 * How many load workers a run needs, and whether this machine and the instances can hold its connections. A connection takes a file
 * descriptor at both ends, and a process has only so many.
 */

import { readFileSync } from 'node:fs'
import type { DriverName } from './cluster/cluster.ts'
import { UsageError } from './command-flags.ts'
import type { Plan } from './plan/plan.ts'
import type { Scenario } from './scenario/scenario.ts'

/** One worker holds this many clients easily; more workers than cores would only take turns. */
const CLIENTS_PER_WORKER = 1000
/** Of each process, for files, Redis, health checks, and connections that are being replaced. */
const OPEN_FILES_RESERVED = 1000
/** Of a balancer, beside those of clients: for whoever looks at a run from outside. */
const CONNECTIONS_SPARE = 100
/** What an instance takes unless it is configured otherwise, see `docs/configuration.md`. */
export const CONNECTIONS_MAX_DEFAULT = 10_000

/** Files that a process of this user may have open: Node raises its own limit as far as it may. Infinity where nobody says. */
export function openFilesMax(): number {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

export interface FleetSize {
  readonly clients: number
  /** As asked for on the command line; null: as many as it takes. */
  readonly asked: number | null
  readonly cores: number
  readonly openFilesMax: number
}

/** Throws {@link UsageError} where fewer are asked for than can hold the clients. */
export function chooseWorkers({ clients, asked, cores, openFilesMax: files }: FleetSize): number {
  const held = clientsPerProcess(files)
  const needed = Math.ceil(clients / held)
  if (asked === null) return Math.max(needed, Math.min(Math.ceil(clients / CLIENTS_PER_WORKER), cores))
  if (asked >= needed) return asked
  throw new UsageError(
    `--workers: expected at least ${needed} for ${clients} clients, found ${asked}. A process may have ${files} files open ` +
      `(ulimit -n), so a worker holds ${held} clients. Leave it out, or raise the limit.`,
  )
}

/** Throws {@link UsageError} where an instance is to have more connections than it takes. */
export function checkConnections(plan: Plan, { topology }: Scenario): void {
  const share = Math.ceil(plan.clients.length / plan.instancesAtStart)
  const configured = Number(topology.environment?.CONNECTIONS_MAX ?? CONNECTIONS_MAX_DEFAULT)
  if (share <= configured) return
  throw new UsageError(
    `${plan.clients.length} clients on ${plan.instancesAtStart} instances are ${share} on each, but an instance takes ${configured}. ` +
      `Use --instances ${Math.ceil(plan.clients.length / configured)} or more, or set CONNECTIONS_MAX in topology.environment.`,
  )
}

export interface Holders {
  /** Instances are processes of this machine, not containers with limits of their own. */
  readonly areInstancesProcesses: boolean
  /** The links of clients run through proxies in the harness's own process. */
  readonly areClientsProxied: boolean
  /** All clients connect to a balancer that is a process of this machine. */
  readonly isBalancerProcess: boolean
}

/** Throws {@link UsageError} where a process would have to have more files open than it may. */
export function checkOpenFiles(
  plan: Plan,
  { areInstancesProcesses, areClientsProxied, isBalancerProcess }: Holders,
  files = openFilesMax(),
): void {
  const held = clientsPerProcess(files)
  const limit = `a process may have ${files} files open (ulimit -n)`
  const share = Math.ceil(plan.clients.length / plan.instancesAtStart)
  if (areInstancesProcesses && share > held) {
    const instances = Math.ceil(plan.clients.length / held)
    throw new UsageError(
      `${plan.clients.length} clients on ${plan.instancesAtStart} instances are ${share} on each, but ${limit}, so an instance holds ` +
        `${held}. Use --instances ${instances} or more, or raise the limit.`,
    )
  }
  // A connection that is passed on takes two, and all are in one process.
  const proxiedMax = Math.floor(held / 2)
  if (isBalancerProcess && plan.clients.length > proxiedMax) {
    throw new UsageError(
      `Each connection takes two files of the balancer; ${limit}, so expected at most ${proxiedMax} clients, found ${plan.clients.length}. ` +
        `Use --clients ${proxiedMax} or --balancer direct, or raise the limit.`,
    )
  }
  if (!areClientsProxied || plan.clients.length <= proxiedMax) return
  throw new UsageError(
    `A scenario that breaks links of clients runs through proxies in the harness's own process, of which each connection takes two files; ` +
      `${limit}, so expected at most ${proxiedMax} clients, found ${plan.clients.length}. Use --clients ${proxiedMax}, or raise the limit.`,
  )
}

/**
 * Connections that the run's balancer is to take: where everybody reconnects at once, each client's old one may be there still. As a process, no more
 * than it can have files for.
 */
export function balancedConnectionsMax(
  { clients, http = [] }: Plan,
  driver: DriverName,
  files = openFilesMax(),
): number {
  const wanted = 2 * clients.length + http.length + CONNECTIONS_SPARE
  return driver === 'process' ? Math.min(wanted, Math.floor(clientsPerProcess(files) / 2)) : wanted
}

function clientsPerProcess(files: number): number {
  return Math.max(1, files - OPEN_FILES_RESERVED)
}
