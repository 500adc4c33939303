/**
 * Where a stack is reached from here. On Linux a container's address in its network is reached from the machine as well as from the network; where
 * the engine is in a virtual machine (Docker Desktop), only from a container of that network. So what could be is tried.
 */

import { httpGet } from '../http-get.ts'
import type { Inspected } from './compose-stack.ts'
import type { Endpoint } from './links.ts'

/** An address that leads somewhere answers within milliseconds, and another one refuses as quickly or never answers. */
const ANSWER_WITHIN_MS = 2_000

/** Addresses of a container, each with the network that it is of. None while the container does not run. */
export function addressesOf({ NetworkSettings }: Inspected): { readonly network: string; readonly host: string }[] {
  return Object.entries(NetworkSettings.Networks ?? {})
    .map(([network, { IPAddress }]) => ({ network, host: IPAddress }))
    .filter(({ host }) => host !== '')
}

/** The first of the networks in which something answers on that port, whatever it says. Null where none does. */
export async function findNetwork(container: Inspected, port: number): Promise<string | null> {
  for (const { network, host } of addressesOf(container)) {
    if ((await statusOf({ host, port }, '/healthz')) !== null) return network
  }
  return null
}

/** Status of the answer; null where there is none in time. */
export async function statusOf({ host, port }: Endpoint, path: string): Promise<number | null> {
  return (await httpGet({ host, port, path, msMax: ANSWER_WITHIN_MS }))?.status ?? null
}
