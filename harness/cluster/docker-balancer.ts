/** HAProxy as a container in the run's network. */

import { readFileSync } from 'node:fs'
import { awaitBalancer, BALANCER_NAME, type RunBalancer, writeServers } from './balancer.ts'
import {
  BALANCER_FILE,
  type BalancedServer,
  balancerEnvironment,
  serversConfiguration,
} from './balancer-configuration.ts'
import type { BalancerOptions } from './cluster.ts'
import { containerOptions, type DockerRun, RunContainer } from './docker-container.ts'
import { CHAT_PORT } from './docker-instance.ts'
import type { BalancerPorts, InstancePorts } from './port-layout.ts'

export const BALANCER_IMAGE = 'haproxy:2.6-bookworm'
/** Ports within the container. */
const CLIENT_PORT = 8080
const METRICS_PORT = 8404
/**
 * The configuration comes by a variable, since an engine in a virtual machine does not see the files of this one. A text that long still fits: the
 * kernel takes 128 KiB.
 */
const RUN_WITH_CONFIGURATION =
  'printf "%s" "$BALANCER_CONFIGURATION" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg'

export interface DockerBalancer {
  readonly balancer: BalancerOptions
  readonly ports: BalancerPorts
  readonly instances: readonly InstancePorts[]
  /** Names of those that are ready. */
  readonly ready: readonly string[]
  /** Where the proxies of the clients' links listen, as the container reaches it. Null: they do not run through proxies. */
  readonly proxyHost: string | null
}

/** Throws {@link ClusterError} where it does not get up. */
export async function startDockerBalancer(
  { balancer, ports, instances, ready, proxyHost }: DockerBalancer,
  run: DockerRun,
  abort: AbortSignal | null,
): Promise<RunBalancer> {
  const servers = instances.map(
    ({ name, port }): BalancedServer =>
      proxyHost === null ? { name, host: name, port: CHAT_PORT } : { name, host: proxyHost, port },
  )
  const ofServers = serversConfiguration(servers, proxyHost === null ? 'name' : 'address')
  writeServers(run.options.folder, ofServers)
  const settings = { host: '0.0.0.0', port: CLIENT_PORT, metricsPort: METRICS_PORT, ...balancer }
  const environment = {
    ...balancerEnvironment(settings),
    BALANCER_CONFIGURATION: `${readFileSync(BALANCER_FILE, 'utf8')}\n${ofServers}`,
  }
  const options = {
    Image: BALANCER_IMAGE,
    Entrypoint: ['/bin/sh', '-c', RUN_WITH_CONFIGURATION],
    Cmd: [],
    Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
  }
  const published = { [CLIENT_PORT]: ports.port, [METRICS_PORT]: ports.metricsPort }
  const container = new RunContainer(BALANCER_NAME, containerOptions(run, BALANCER_NAME, options, published), run)
  await container.launch()
  const { life, logPath } = container
  return awaitBalancer({ ...ports, life: life!, logPath, logWritten: () => container.logWritten() }, ready, abort)
}
