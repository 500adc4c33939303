/** HAProxy as a child process. */

import { awaitBalancer, BALANCER_HOST, BALANCER_NAME, type RunBalancer, writeServers } from './balancer.ts'
import { BALANCER_FILE, balancerEnvironment, serversConfiguration } from './balancer-configuration.ts'
import { type Child, inheritedEnvironment, spawnChild } from './child.ts'
import type { BalancerOptions, ClusterOptions } from './cluster.ts'
import { logPath } from './instance-log.ts'
import type { BalancerPorts, InstancePorts } from './port-layout.ts'
import type { RunRecord } from './run-record.ts'

export interface ProcessBalancer {
  /** Of {@link findBalancer}. */
  readonly program: string
  readonly options: ClusterOptions
  readonly balancer: BalancerOptions
  readonly ports: BalancerPorts
  readonly instances: readonly InstancePorts[]
  /** Names of those that are ready. */
  readonly ready: readonly string[]
}

/** `onSpawned` gets the child before it is waited for. Throws {@link ClusterError} where it does not get up. */
export async function startProcessBalancer(
  { program, options, balancer, ports, instances, ready }: ProcessBalancer,
  record: RunRecord,
  onSpawned: (child: Child) => void,
  abort: AbortSignal | null,
): Promise<RunBalancer> {
  const servers = instances.map(({ name, port }) => ({ name, host: BALANCER_HOST, port }))
  const serversFile = writeServers(options.folder, serversConfiguration(servers, 'address'))
  const log = logPath(options.folder, BALANCER_NAME)
  const child = spawnChild(
    {
      name: BALANCER_NAME,
      command: program,
      // In the foreground, as one process.
      arguments: ['-db', '-f', BALANCER_FILE, '-f', serversFile],
      folder: options.folder,
      environment: {
        ...inheritedEnvironment(),
        ...balancerEnvironment({ host: BALANCER_HOST, ...ports, ...balancer }),
      },
      logPath: log,
    },
    record,
  )
  onSpawned(child)
  return awaitBalancer({ ...ports, life: child.life, logPath: log, logWritten: async () => {} }, ready, abort)
}
