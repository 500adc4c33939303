/**
 * The driver `compose`: adopts a stack that somebody has brought up with docker-compose. Its chat containers are ended, paused and started again;
 * nothing is made or removed, nothing else is touched, and the stack is left as it was found.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, ClusterError } from './cluster.ts'
import { addressesOf, findNetwork } from './compose-addresses.ts'
import { adoptBalancer } from './compose-balancer.ts'
import { AdoptedInstance, type AdoptedRun, portsOf } from './compose-instance.ts'
import { StackJournal } from './compose-journal.ts'
import { findStackRedis } from './compose-redis.ts'
import type { Stack, StackReplica } from './compose-stack.ts'
import { undoChange } from './compose-undo.ts'
import { engineAddress, engineMessage } from './docker-engine.ts'
import { isReady } from './instance.ts'
import { InstanceCluster } from './instance-cluster.ts'
import { ProxyLinks } from './links.ts'
import { thisProcess } from './owner.ts'

/** A stack that was brought up just now needs a few seconds; one that is up answers at once. */
const READY_WITHIN_MS = 20_000
const POLL_MS = 200

export interface AdoptOptions {
  readonly runId: string
  /** Absolute path of the run's folder; logs go to `<folder>/logs/<instance>.log`. */
  readonly folder: string
  /** Clients come through the balancer of the stack. */
  readonly isBalanced: boolean
  /** Told to the user. */
  readonly onProgress: (line: string) => void
}

/**
 * Resolves once every replica is ready and the balancer sees one. Throws {@link ClusterError} where the stack is not as needed, and the reason of
 * `abort` where that comes first; either way nothing has been changed.
 */
export async function adoptStack(
  stack: Stack,
  options: AdoptOptions,
  abort: AbortSignal | null = null,
): Promise<Cluster> {
  abort?.throwIfAborted()
  const { engine, project, replicas } = stack
  const { runId, folder, onProgress } = options
  await using things = new AsyncDisposableStack()
  const journal = things.use(
    new StackJournal({ project, runId, engine: engineAddress(), within: stack.own?.Id ?? null }, thisProcess()),
  )
  const over = new AbortController()
  const run: AdoptedRun = { engine, journal, folder, over: over.signal }

  const networks = await Promise.all(replicas.map(replica => reachedIn(stack, replica, abort)))
  const instances: AdoptedInstance[] = []
  things.defer(() => putBack(stack, journal, onProgress))
  things.defer(() => over.abort(new Error('The stack is being let go.')))
  for (const [index, replica] of replicas.entries()) {
    instances.push(await AdoptedInstance.adopt(replica, networks[index]!, run))
  }
  await untilReady(stack, instances, abort)
  const { isBalanced } = options
  const balancer = isBalanced && stack.balancer !== null ? await adoptBalancer(stack, stack.balancer, abort) : null
  const redis = await findStackRedis(stack)
  const links = things.use(ProxyLinks.none())
  const parts = { driver: 'compose', instances, redis, balancer, links, things: things.move() } as const
  return new InstanceCluster(parts)
}

/** The network of the replica in which it answers: one that was started just now needs a moment. */
async function reachedIn({ project }: Stack, replica: StackReplica, abort: AbortSignal | null): Promise<string> {
  const { port } = portsOf(replica)
  const deadlineMs = performance.now() + READY_WITHIN_MS
  do {
    abort?.throwIfAborted()
    const network = await findNetwork(replica.inspected, port)
    if (network !== null) return network
    await sleep(POLL_MS)
  } while (performance.now() < deadlineMs)
  const tried = addressesOf(replica.inspected).map(({ host }) => `${host}:${port}`)
  const found =
    tried.length === 0
      ? 'it has no address of its own'
      : `${tried.join(', ')} gave no answer within ${READY_WITHIN_MS / 1000} s`
  throw new ClusterError(
    `${replica.containerName} of project ${project} is running, but cannot be reached from here: ${found}. ` +
      `\`docker logs --tail 20 ${replica.containerName}\` may tell why. Where the engine is in a virtual machine, run the harness in the stack itself: ` +
      '`docker-compose run --rm load`.',
  )
}

async function untilReady(
  stack: Stack,
  instances: readonly AdoptedInstance[],
  abort: AbortSignal | null,
): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS
  for (;;) {
    abort?.throwIfAborted()
    const answers = await Promise.all(instances.map(({ address }) => isReady(address)))
    const unready = stack.replicas.filter((_, index) => !answers[index])
    if (unready.length === 0) return
    if (performance.now() > deadlineMs) {
      const names = unready.map(({ containerName }) => containerName).join(', ')
      throw new ClusterError(
        `Not ready within ${READY_WITHIN_MS / 1000} s in project ${stack.project}: ${names} did not answer 200 to /readyz. ` +
          `\`docker logs --tail 20 ${unready[0]!.containerName}\` tells why.`,
      )
    }
    await sleep(POLL_MS)
  }
}

/** All replicas of the beginning are up, unpaused and unlimited when it resolves; what could not be is told. Never throws. */
async function putBack(
  { engine, project }: Stack,
  journal: StackJournal,
  onProgress: (line: string) => void,
): Promise<void> {
  for (const change of journal.open()) {
    try {
      const done = await undoChange(engine, change)
      if (done !== null) onProgress(`the stack ${project} is put back: ${done}`)
      journal.undone(change)
    } catch (error) {
      onProgress(`${change.name} could not be put back (${change.undo}): ${engineMessage(error)}; see \`docker ps -a\``)
    }
  }
}
