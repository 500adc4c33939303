/** What the harness knows of a stack before it touches it: who runs there, as what, and how it was configured. Nothing is changed here. */

import { readdirSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { IS_PACKAGE, PROJECT_FOLDER } from '../project.ts'
import { ClusterError } from './cluster.ts'
import { findProject, isLocalEngine, PROJECT_LABEL, projectNameOf } from './compose-project.ts'
import { type Container, type Engine, engineAddress, findEngine } from './docker-engine.ts'

/** A local engine answers such questions within milliseconds. */
const ANSWERED_WITHIN_MS = 10_000

export type Inspected = Awaited<ReturnType<Container['inspect']>>

export interface StackReplica {
  /** As the plan calls it: chat-1, chat-2 … in the order of compose's numbers. */
  readonly name: string
  readonly containerName: string
  /** As it names itself in `welcome` and its metrics. */
  readonly welcomeName: string
  readonly inspected: Inspected
  readonly environment: Environment
}

export interface Stack {
  readonly engine: Engine
  readonly project: string
  readonly replicas: readonly StackReplica[]
  /** Null: clients choose among the instances themselves. */
  readonly balancer: Inspected | null
  /** Containers that run, by service. */
  readonly services: Readonly<Record<string, readonly string[]>>
  /** The container that this harness runs in, where it is one of the project. */
  readonly own: Inspected | null
}

type Environment = Readonly<Record<string, string>>

/**
 * Finds the project, by the name that was given, else by COMPOSE_PROJECT_NAME, else that of the container that the harness runs in, else by the
 * folder's name. Throws {@link ClusterError} where the engine, the project or its replicas are not as needed.
 */
export async function findStack(given: string | null, onProgress: (line: string) => void): Promise<Stack> {
  const engine = await localEngine()
  const own = await ownContainer(engine)
  const [name, asked] = chooseName(given, own)
  const found = findProject(await answered(engine.listContainers({ all: true })), name, asked)
  const inspect = (id: string) => answered(engine.getContainer(id).inspect())
  const inspected = await Promise.all(found.replicas.map(({ id }) => inspect(id)))
  const replicas = found.replicas.map(({ containerName }, index) => {
    const container = inspected[index]!
    const environment = environmentOf(container)
    const welcomeName = environment.INSTANCE_NAME || container.Config.Hostname
    return { name: `chat-${index + 1}`, containerName, welcomeName, inspected: container, environment }
  })
  refuseUnfit(name, replicas)
  for (const line of await describeStack(engine, name, replicas)) onProgress(line)
  if (found.idle.length > 0) onProgress(`not running, and left alone: ${found.idle.join(', ')}`)
  return {
    engine,
    project: name,
    replicas,
    balancer: found.balancer === null ? null : await inspect(found.balancer),
    services: found.services,
    own: own?.Config.Labels[PROJECT_LABEL] === name ? own : null,
  }
}

/** With a limit of its own on every question: an engine that hangs must not hang the harness. */
export async function answered<Answer>(question: Promise<Answer>, withinMs = ANSWERED_WITHIN_MS): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new ClusterError(`The Docker engine has not answered within ${withinMs / 1000} s.`))
  }, withinMs)
  try {
    return await Promise.race([question, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function localEngine(): Promise<Engine> {
  const address = engineAddress()
  if (!isLocalEngine(address)) {
    throw new ClusterError(
      `--driver compose: expected a Docker engine on this machine, found DOCKER_HOST=${withoutUser(address)}. ` +
        'Load and faults stay on one machine: run the harness there.',
    )
  }
  const answer = await findEngine()
  if (answer.engine !== null) return answer.engine
  throw new ClusterError(
    `--driver compose: no Docker engine answers at ${address} (${answer.problem}). Start it, and bring the stack up with \`docker-compose up -d\`. ` +
      'In a container, its socket has to be mounted.',
  )
}

function withoutUser(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//')
}

/** A container's host name is the beginning of its id unless it was given another; null where this process is in none. */
async function ownContainer(engine: Engine): Promise<Inspected | null> {
  const name = hostname()
  try {
    const found = await answered(engine.getContainer(name).inspect())
    return found.State.Running && found.Config.Hostname === name ? found : null
  } catch {
    return null
  }
}

function chooseName(given: string | null, own: Inspected | null): [name: string, asked: string] {
  if (given !== null) return [given, '--compose-project']
  const { COMPOSE_PROJECT_NAME } = process.env
  if (COMPOSE_PROJECT_NAME) return [COMPOSE_PROJECT_NAME, 'COMPOSE_PROJECT_NAME']
  const ofOwn = own?.Config.Labels[PROJECT_LABEL]
  if (ofOwn !== undefined) return [ofOwn, 'that of the container the harness runs in']
  return [projectNameOf(basename(resolve('.'))), 'after the folder']
}

/** Undefined where its environment does not have it. */
export function variableOf(container: Inspected, name: string): string | undefined {
  return environmentOf(container)[name]
}

function environmentOf({ Config }: Inspected): Environment {
  return Object.fromEntries(
    Config.Env.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** What the service has to be set to for anybody of the harness to come in. */
function refuseUnfit(project: string, replicas: readonly StackReplica[]): void {
  const closed = replicas.find(({ environment }) => environment.GUESTS !== 'allow')
  if (closed === undefined) return
  throw new ClusterError(
    `--driver compose: expected a stack that lets guests in, as the clients of the harness are, found GUESTS=${closed.environment.GUESTS ?? 'deny'} ` +
      `in ${closed.containerName} of project ${project}. Set GUESTS=allow for the service chat, and \`docker-compose up -d\`.`,
  )
}

/** Which image runs there, from when and of which revision, for it need not be the source in this folder. */
async function describeStack(engine: Engine, project: string, replicas: readonly StackReplica[]): Promise<string[]> {
  const lines = [
    `project ${project}: ${replicas.map(({ name, containerName }) => `${name} is ${containerName}`).join(', ')}`,
  ]
  const images = new Map(replicas.map(({ inspected }) => [inspected.Image, inspected.Config.Image]))
  const madeAtMs: number[] = []
  for (const [id, name] of images) {
    const { Created, Config } = await answered(engine.getImage(id).inspect())
    madeAtMs.push(Date.parse(Created))
    const revision = Config?.Labels?.['org.opencontainers.image.revision']
    const known = revision ? `, revision ${revision}` : ''
    lines.push(
      `image ${name} (${id.replace('sha256:', '').slice(0, 12)}), made ${Created.slice(0, 16).replace('T', ' ')} UTC${known}`,
    )
  }
  if (!IS_PACKAGE && newestSourceMs() > Math.min(...madeAtMs)) {
    lines.push(
      'service/ in this folder is newer than that image, which may not be what is written there: `docker-compose up -d --build`',
    )
  }
  if (images.size > 1) lines.push('replicas run different images: what is judged is their mixture')
  return lines
}

/** A checkout makes its files new, so this is a hint and no more. */
function newestSourceMs(): number {
  const folder = join(PROJECT_FOLDER, 'service')
  const sources = readdirSync(folder).filter(name => name.endsWith('.ts') && !/^test-|\.test\.ts$/.test(name))
  return Math.max(...sources.map(name => statSync(join(folder, name)).mtimeMs))
}
