/** The network of a run, and how its containers reach what listens on this machine. */

import { createServer } from 'node:net'
import { ClusterError } from './cluster.ts'
import { type Engine, engineMessage, type Labels } from './docker-engine.ts'

/** How a container names the machine that it runs on. */
export const HOST_FROM_CONTAINER = 'host.docker.internal'
const LOOPBACK = '127.0.0.1'

/** Where proxies of the harness listen, and what containers call that. */
export interface ProxyHost {
  readonly listenHost: string
  readonly hostFromContainer: string
}

/** Returns its id. Throws {@link ClusterError} where it cannot be made. */
export async function createNetwork(engine: Engine, runId: string, labels: Labels): Promise<string> {
  try {
    const network = await engine.createNetwork({ Name: runId, Driver: 'bridge', Labels: labels, CheckDuplicate: true })
    return network.id
  } catch (error) {
    throw new ClusterError(`The network ${runId} could not be made: ${engineMessage(error)}`)
  }
}

/**
 * The network's gateway is this machine, on an address that only the run's containers and this machine can reach. Where the engine is in
 * a virtual machine (Docker Desktop), its gateway is not an address of ours; there the engine passes `host.docker.internal` on to
 * our 127.0.0.1. That way has not been tested.
 */
export async function findProxyHost(engine: Engine, networkId: string): Promise<ProxyHost> {
  const { IPAM } = await engine.getNetwork(networkId).inspect()
  const gateway = (IPAM?.Config?.[0] as { Gateway?: string } | undefined)?.Gateway
  return gateway === undefined || !(await isOurs(gateway))
    ? { listenHost: LOOPBACK, hostFromContainer: HOST_FROM_CONTAINER }
    : { listenHost: gateway, hostFromContainer: gateway }
}

/** Asked by listening: the system's list of addresses leaves out a bridge that has no container yet. */
function isOurs(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port: 0, host: address }, () => server.close(() => resolve(true)))
  })
}

/** In a container, 127.0.0.1 is the container itself. (The server has to listen on more than the host's loopback, then.) */
export function urlFromContainer(redisUrl: string): string {
  const url = new URL(redisUrl)
  if (['localhost', LOOPBACK, '[::1]'].includes(url.hostname)) url.hostname = HOST_FROM_CONTAINER
  return url.href
}
