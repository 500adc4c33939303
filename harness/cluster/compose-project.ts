/** Finds a stack that somebody has brought up with docker-compose among an engine's containers, by the labels that compose gives them. Pure. */

import { isIP } from 'node:net'
import { ClusterError } from './cluster.ts'
import type { Labels } from './docker-engine.ts'

export const PROJECT_LABEL = 'com.docker.compose.project'
const SERVICE_LABEL = 'com.docker.compose.service'
const NUMBER_LABEL = 'com.docker.compose.container-number'
/** "True" for a container of `docker-compose run`, which is no replica. */
const ONE_OFF_LABEL = 'com.docker.compose.oneoff'

/** Services by the names that they have in docker-compose.yml. */
const CHAT_SERVICE = 'chat'
const BALANCER_SERVICE = 'haproxy'
/** Fewer leave nobody to go to when one is ended. */
const REPLICAS_MIN = 2

/** A container as an engine lists it. */
export interface ListedContainer {
  readonly Id: string
  /** Each begins with a slash. */
  readonly Names: readonly string[]
  readonly Labels: Labels
  /** created, running, paused, restarting, exited … */
  readonly State: string
  /** For people: "Up 3 minutes (healthy)". */
  readonly Status: string
}

export interface FoundReplica {
  readonly id: string
  /** Such as tuesday_chat_1. */
  readonly containerName: string
}

export interface FoundProject {
  readonly name: string
  /** Replicas of the chat service that run, by their numbers. */
  readonly replicas: readonly FoundReplica[]
  /** Those of them that do not, by name: they are left as they are. */
  readonly idle: readonly string[]
  /** Id of the container of HAProxy; null where the project has none that runs. */
  readonly balancer: string | null
  /** Ids of all containers that run, by service. */
  readonly services: Readonly<Record<string, readonly string[]>>
}

/**
 * The name that compose gives a project after its folder, unless it is told another: in small letters, without what is no letter, digit, dash
 * or underscore, and (since version 2) not beginning with one of the last two.
 */
export function projectNameOf(folderName: string): string {
  return folderName
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '')
}

/** Throws {@link ClusterError} where there is no such project, or not enough of it runs. `asked`: how the name was found, for messages. */
export function findProject(containers: readonly ListedContainer[], name: string, asked: string): FoundProject {
  const all = containers.filter(({ Labels }) => Labels[PROJECT_LABEL] === name && Labels[ONE_OFF_LABEL] !== 'True')
  if (all.length === 0) throw new ClusterError(noSuchProject(containers, name, asked))
  const chat = all.filter(isOf(CHAT_SERVICE)).sort((a, b) => numberOf(a) - numberOf(b))
  const paused = chat.filter(({ State }) => State === 'paused').map(nameOf)
  if (paused.length > 0) {
    throw new ClusterError(
      `${paused.join(', ')} of project ${name} ${paused.length === 1 ? 'is' : 'are'} paused. Let the stack go on first: \`docker unpause ${paused.join(' ')}\`.`,
    )
  }
  const running = all.filter(isUp)
  const replicas = chat.filter(isUp)
  if (replicas.length < REPLICAS_MIN) throw new ClusterError(tooFew(name, replicas.length, chat.length))
  if (replicas.every(({ Status }) => Status.includes('(unhealthy)'))) {
    const [first] = replicas.map(nameOf)
    throw new ClusterError(
      `No replica of ${CHAT_SERVICE} in project ${name} is healthy. \`docker logs --tail 20 ${first}\` tells why.`,
    )
  }
  const ids = (service: string) => running.filter(isOf(service)).map(({ Id }) => Id)
  const services = new Set(running.map(({ Labels }) => Labels[SERVICE_LABEL] ?? ''))
  return {
    name,
    replicas: replicas.map(found => ({ id: found.Id, containerName: nameOf(found) })),
    idle: chat.filter(found => !isUp(found)).map(nameOf),
    balancer: ids(BALANCER_SERVICE)[0] ?? null,
    services: Object.fromEntries([...services].map(service => [service, ids(service)])),
  }
}

function isOf(service: string): (found: ListedContainer) => boolean {
  return ({ Labels }) => Labels[SERVICE_LABEL] === service
}

function isUp({ State }: ListedContainer): boolean {
  return State === 'running'
}

function numberOf({ Labels }: ListedContainer): number {
  return Number(Labels[NUMBER_LABEL] ?? 0)
}

export function nameOf({ Names, Id }: Pick<ListedContainer, 'Names' | 'Id'>): string {
  return (Names[0] ?? Id.slice(0, 12)).replace(/^\//, '')
}

function noSuchProject(containers: readonly ListedContainer[], name: string, asked: string): string {
  const there = [...new Set(containers.map(({ Labels }) => Labels[PROJECT_LABEL] ?? '').filter(Boolean))].sort()
  const found = there.length === 0 ? 'no project of docker-compose at all' : `the projects ${there.join(', ')}`
  const withChat = there.filter(project =>
    containers.some(found => found.Labels[PROJECT_LABEL] === project && isOf(CHAT_SERVICE)(found)),
  )
  const named = withChat.length === 0 ? '' : `, or name one with \`--compose-project ${withChat[0]}\``
  return `--driver compose: expected a stack by the name of ${name} (${asked}), found ${found}. Bring it up with \`docker-compose up -d\`${named}.`
}

function tooFew(name: string, running: number, all: number): string {
  const found =
    all === 0 ? `no service ${CHAT_SERVICE}` : `${running} of its ${all} replicas of ${CHAT_SERVICE} running`
  return (
    `--driver compose: expected at least ${REPLICAS_MIN} running replicas of ${CHAT_SERVICE} in project ${name}, found ${found}. ` +
    `\`docker-compose up -d --scale ${CHAT_SERVICE}=3\` starts three.`
  )
}

/** Whether that engine, as DOCKER_HOST names it, is on this machine: its containers' addresses mean nothing elsewhere. */
export function isLocalEngine(address: string): boolean {
  if (address.startsWith('/') || address.startsWith('unix:') || address.startsWith('npipe:')) return true
  const host = URL.parse(address)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? ''
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
