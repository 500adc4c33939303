/** The HAProxy of a stack that was adopted: clients come through it, and it is never touched. */

import { setTimeout as sleep } from 'node:timers/promises'
import { askBalancer, BALANCER_NAME, type RunBalancer } from './balancer.ts'
import { type BalancerAddress, ClusterError } from './cluster.ts'
import { addressesOf, statusOf } from './compose-addresses.ts'
import { type Inspected, type Stack, variableOf } from './compose-stack.ts'
import type { Endpoint } from './links.ts'

/** As stack/haproxy/haproxy.cfg has them unless it is told others. */
const CLIENT_PORT = 8080
const METRICS_PORT = 8404
const READY_PATH = '/balancer-readyz'
const LOOPBACK = '127.0.0.1'

/** It asks for the addresses of replicas every second, and then checks them twice a second; this allows for a stack that has just come up. */
const SEEN_WITHIN_MS = 20_000
const POLL_MS = 200
/** At the end of a run an instance may just have come back, at another address. */
const SEEN_AGAIN_WITHIN_MS = 5_000

/**
 * Where a balancer may be reached, the best first: from the machine where it is published, as its users reach it; from a container of the project in
 * their network.
 */
export function balancerCandidates(balancer: Inspected, isInside: boolean): Endpoint[] {
  const inside = Number(variableOf(balancer, 'BALANCER_PORT') || CLIENT_PORT)
  const own = addressesOf(balancer).map(({ host }) => ({ host, port: inside }))
  const published = (balancer.NetworkSettings.Ports?.[`${inside}/tcp`] ?? [])
    .filter(({ HostIp }) => HostIp === '0.0.0.0' || HostIp.startsWith('127.'))
    .map(({ HostIp, HostPort }) => ({ host: HostIp === '0.0.0.0' ? LOOPBACK : HostIp, port: Number(HostPort) }))
  return isInside ? own : [...published, ...own]
}

/**
 * Resolves once it lets clients in and sees every replica. Throws {@link ClusterError} where it does not within its time, and the reason of `abort` where
 * that comes first.
 */
export async function adoptBalancer(
  stack: Stack,
  balancer: Inspected,
  abort: AbortSignal | null,
): Promise<RunBalancer> {
  const deadlineMs = performance.now() + SEEN_WITHIN_MS
  const wanted = stack.replicas.length
  let problem = ''
  do {
    abort?.throwIfAborted()
    const entry = await findEntry(balancerCandidates(balancer, stack.own !== null))
    const metrics = await findMetrics(balancer)
    if (entry.found === null) problem = entry.problem
    else if (metrics === null) problem = 'its endpoint for Prometheus does not answer'
    else if (metrics.up < wanted) problem = `it sees ${metrics.up} of ${wanted} replicas`
    else return adopted({ name: BALANCER_NAME, ...entry.found, ...metrics.at })
    await sleep(POLL_MS)
  } while (performance.now() < deadlineMs)
  const name = balancer.Name.replace(/^\//, '')
  throw new ClusterError(
    `The balancer ${name} of project ${stack.project} is not as needed after ${SEEN_WITHIN_MS / 1000} s: ${problem}. ` +
      `\`docker logs --tail 20 ${name}\` tells more; \`--balancer direct\` goes past it.`,
  )
}

function adopted(address: BalancerAddress): RunBalancer {
  return { address, residue: expectedUp => residueOf(address, expectedUp.length) }
}

type Entry = { readonly found: Endpoint } | { readonly found: null; readonly problem: string }

/** The first at which it lets clients in. */
async function findEntry(candidates: readonly Endpoint[]): Promise<Entry> {
  const answers: string[] = []
  for (const { host, port } of candidates) {
    const status = await statusOf({ host, port }, READY_PATH)
    if (status === 200) return { found: { host, port } }
    answers.push(`${host}:${port} answered ${status ?? 'nothing'} to ${READY_PATH}`)
  }
  return { found: null, problem: answers.join(', ') || 'it has no address' }
}

async function findMetrics(balancer: Inspected) {
  const metricsPort = Number(variableOf(balancer, 'BALANCER_METRICS_PORT') || METRICS_PORT)
  for (const { host: metricsHost } of addressesOf(balancer)) {
    const seen = await askBalancer(metricsPort, metricsHost)
    if (seen !== null) return { up: seen.up.length, at: { version: seen.version, metricsHost, metricsPort } }
  }
  return null
}

/** By number: in its configuration replicas are places, not names. */
async function residueOf({ metricsHost, metricsPort }: BalancerAddress, expectedUp: number): Promise<string[]> {
  const deadlineMs = performance.now() + SEEN_AGAIN_WITHIN_MS
  for (;;) {
    const seen = await askBalancer(metricsPort, metricsHost)
    if (seen !== null && seen.up.length >= expectedUp) return []
    if (performance.now() > deadlineMs) {
      return [
        seen === null
          ? 'The balancer does not answer.'
          : `The balancer sees ${seen.up.length} instances that are ready, of ${expectedUp}.`,
      ]
    }
    await sleep(POLL_MS)
  }
}
