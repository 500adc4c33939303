/**
 * The one file that imports dockerode: the connection to a Docker engine, and the labels by which the harness knows its own things again.
 *
 * Engines on other machines (DOCKER_HOST=tcp://…) are not handled: instances are reached through 127.0.0.1.
 */

import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'

export type Engine = Docker
export type Container = Docker.Container
export type ContainerCreateOptions = Docker.ContainerCreateOptions

/** Every container and network of a run carries its run id and its owner ({@link formatOwner}). */
export const RUN_LABEL = 'tuesday.run'
export const OWNER_LABEL = 'tuesday.owner'

export type Labels = Readonly<Record<string, string>>

/** A local engine answers within milliseconds; one that takes longer is no use to a run. */
const ANSWER_WITHIN_MS = 5_000
/** A network can be removed once the engine has let go of its containers, which somebody else may be removing too. */
const NETWORK_REMOVAL_ATTEMPTS = 25
const NETWORK_REMOVAL_PAUSE_MS = 200

export type EngineAnswer = { readonly engine: Engine } | { readonly engine: null; readonly problem: string }

/** Where dockerode looks for the engine: what DOCKER_HOST says, else Docker Desktop's socket, else the usual one. */
export function engineAddress(): string {
  const desktop = join(homedir(), '.docker', 'run', 'docker.sock')
  return process.env.DOCKER_HOST || (existsSync(desktop) ? desktop : '/var/run/docker.sock')
}

/** Asks whether an engine answers, and speaks the API version that it tells: newer engines have dropped old versions. */
export async function findEngine(): Promise<EngineAnswer> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS)
  try {
    const { ApiVersion } = await askVersion(new Docker(), abort.signal)
    return { engine: new Docker({ version: `v${ApiVersion}` }) }
  } catch (error) {
    const problem = abort.signal.aborted ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : engineMessage(error)
    return { engine: null, problem }
  } finally {
    clearTimeout(timer)
  }
}

/** The types of dockerode do not know that `version` can be aborted. */
function askVersion(engine: Engine, abortSignal: AbortSignal): Promise<Docker.DockerVersion> {
  return (engine.version as (options: { abortSignal: AbortSignal }) => Promise<Docker.DockerVersion>)({ abortSignal })
}

/** What the engine says went wrong, without the HTTP around it. */
export function engineMessage(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown }; message?: string }
  return typeof json?.message === 'string' ? json.message : (message ?? String(error))
}

/** Status of the engine's answer, null where the engine did not answer. */
export function engineStatus(error: unknown): number | null {
  return (error as { statusCode?: number }).statusCode ?? null
}

export interface RemovedThings {
  readonly containers: string[]
  readonly networks: string[]
}

/** Removes, with their anonymous volumes, the containers, then the networks whose labels are meant. What has gone meanwhile is no error. */
export async function removeLabelled(engine: Engine, isMeant: (labels: Labels) => boolean): Promise<RemovedThings> {
  const filters = { label: [RUN_LABEL] }
  const containers = (await engine.listContainers({ all: true, filters })).filter(found => isMeant(found.Labels))
  await Promise.all(containers.map(found => removeContainer(engine.getContainer(found.Id))))
  const networks = (await engine.listNetworks({ filters })).filter(found => isMeant(found.Labels ?? {}))
  await Promise.all(networks.map(found => removeNetwork(engine.getNetwork(found.Id))))
  return {
    containers: containers.map(found => (found.Names[0] ?? found.Id).replace(/^\//, '')),
    networks: networks.map(found => found.Name),
  }
}

async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true })
  } catch (error) {
    // 404: gone. 409: somebody else is removing it.
    if (![404, 409].includes(engineStatus(error) ?? 0)) throw error
  }
}

async function removeNetwork(network: Docker.Network): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await network.remove()
      return
    } catch (error) {
      if (engineStatus(error) === 404) return
      if (attempt === NETWORK_REMOVAL_ATTEMPTS) throw error
      await sleep(NETWORK_REMOVAL_PAUSE_MS)
    }
  }
}
