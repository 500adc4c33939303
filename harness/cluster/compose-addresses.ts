/**
 * Where a stack is reached from here. On Linux a container's address in its network is reached from the machine as well as from the network; where
 * the engine is in a virtual machine (Docker Desktop), only from a container of that network. So what could be is tried.
 */

import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError } from './cluster.ts'
import type { Inspected, Stack } from './compose-stack.ts'
import type { Endpoint } from './links.ts'

/** An address that leads somewhere answers within milliseconds, and another one refuses as quickly or never answers. */
const ANSWER_WITHIN_MS = 2_000
/** A balancer sees an instance that has just become ready within a second. */
const BALANCER_READY_WITHIN_MS = 10_000
const POLL_MS = 200

const BALANCER_PORT = '8080'
/** Where HAProxy tells of itself, see stack/haproxy/haproxy.cfg. */
const BALANCER_READY_PATH = '/balancer-readyz'
const LOOPBACK = '127.0.0.1'

/** Addresses of a container, each with the network that it is of. None while the container does not run. */
export function addressesOf({ NetworkSettings }: Inspected): { readonly network: string; readonly host: string }[] {
  return Object.entries(NetworkSettings.Networks ?? {})
    .map(([network, { IPAddress }]) => ({ network, host: IPAddress }))
    .filter(({ host }) => host !== '')
}

/**
 * Where that port of a balancer may be reached, the best first: from the machine where it is published, as its users reach it; from a container of
 * the project in the network.
 */
export function balancerCandidates(balancer: Inspected, isInside: boolean): Endpoint[] {
  const inside = balancerPort(balancer)
  const own = addressesOf(balancer).map(({ host }) => ({ host, port: inside }))
  const published = (balancer.NetworkSettings.Ports?.[`${inside}/tcp`] ?? [])
    .filter(({ HostIp }) => HostIp === '0.0.0.0' || HostIp.startsWith('127.'))
    .map(({ HostIp, HostPort }) => ({ host: HostIp === '0.0.0.0' ? LOOPBACK : HostIp, port: Number(HostPort) }))
  return isInside ? own : [...published, ...own]
}

function balancerPort({ Config }: Inspected): number {
  const line = Config.Env?.find(variable => variable.startsWith('BALANCER_PORT='))
  return Number(line?.slice('BALANCER_PORT='.length) || BALANCER_PORT)
}

/** Resolves once HAProxy says there that it has an instance. Throws {@link ClusterError} where it does not within its time. */
export async function findBalancer(stack: Stack, balancer: Inspected): Promise<Endpoint> {
  const candidates = balancerCandidates(balancer, stack.own !== null)
  const name = balancer.Name.replace(/^\//, '')
  const seen = new Map<Endpoint, number | null>()
  const deadlineMs = performance.now() + BALANCER_READY_WITHIN_MS
  do {
    for (const candidate of candidates) {
      const status = await statusOf(candidate, BALANCER_READY_PATH)
      if (status === 200) return candidate
      seen.set(candidate, status)
    }
    await sleep(POLL_MS)
  } while (performance.now() < deadlineMs)
  const tried = [...seen].map(([{ host, port }, status]) => `${host}:${port} answered ${status ?? 'nothing'}`)
  throw new ClusterError(
    `The balancer ${name} of project ${stack.project} has not answered 200 to ${BALANCER_READY_PATH} within ${BALANCER_READY_WITHIN_MS / 1000} s: ` +
      `${tried.join(', ') || 'it has no address'}. 503 means that it sees no instance that is ready; \`docker logs --tail 20 ${name}\` tells more.`,
  )
}

/** The first of the networks in which something answers on that port, whatever it says. Null where none does. */
export async function findNetwork(container: Inspected, port: number): Promise<string | null> {
  for (const { network, host } of addressesOf(container)) {
    if ((await statusOf({ host, port }, '/healthz')) !== null) return network
  }
  return null
}

function statusOf({ host, port }: Endpoint, path: string): Promise<number | null> {
  return new Promise(resolve => {
    const request = get({ host, port, path, agent: false }, response => {
      response.resume()
      resolve(response.statusCode ?? null)
    })
    const timer = setTimeout(() => request.destroy(), ANSWER_WITHIN_MS)
    request.once('error', () => resolve(null))
    request.once('close', () => {
      clearTimeout(timer)
      resolve(null)
    })
  })
}
