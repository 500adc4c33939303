/**
 * The Redis server of a run: one that is already there (`--redis-url`), or one started on a port of the run.
 */

import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { IS_PACKAGE } from '../project.ts'
import { type Child, inheritedEnvironment, spawnChild } from './child.ts'
import { ClusterError, type ClusterOptions } from './cluster.ts'
import { describeLog, logPath } from './instance-log.ts'
import { describeExit } from './life.ts'
import type { RunRecord } from './run-record.ts'

/** Redis' own monitor tells of pauses as long as this. A message takes some milliseconds on an idle machine; budgets begin at some tens. */
const PAUSE_MS_MIN = 20
/** Programs that speak Redis' protocol and take its options, the first found wins. */
const SERVER_PROGRAMS = ['redis-server', 'valkey-server']
/** A new server with no data is up within a tenth of a second; this allows for a busy machine. */
const ANSWER_WITHIN_MS = 15_000
const ANSWER_POLL_MS = 50
/** For one attempt: connecting, over TLS and across a continent too. */
const CONNECT_WITHIN_MS = 5_000

const THREE_WAYS = [
  'There are three ways to get a Redis server:',
  `  ${IS_PACKAGE ? 'apt install redis-server' : 'npm run setup           '}     install redis-server, which the driver "process" starts by itself`,
  '  --driver docker              run it as a container, where a Docker engine answers',
  '  --redis-url redis://…        use one that is running',
].join('\n')

export interface RedisServer {
  /** As the harness reaches it. */
  readonly url: string
  /** Such as "7.0.15". */
  readonly version: string
}

/** Persistence is part of the topology. No snapshots: the append-only file alone decides what survives. */
export function serverArguments(appendFsync: ClusterOptions['appendFsync']): string[] {
  const persistence = ['--save', '', '--appendonly', 'yes', '--appendfsync', appendFsync]
  return [...persistence, '--latency-monitor-threshold', String(PAUSE_MS_MIN)]
}

/** The server at `--redis-url`. Throws {@link ClusterError} where none answers. */
export async function useRedis(url: string): Promise<RedisServer> {
  const parsed = URL.parse(url)
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    // Not repeated in the message, since it may hold a password.
    throw new ClusterError('--redis-url should look like redis://host:6379 or rediss://user:password@host:6379.')
  }
  const answer = await askRedis(url)
  if (answer.version !== null) return { url, version: answer.version }
  throw new ClusterError(`No Redis server answers at ${parsed.host} (${answer.problem}).\n${THREE_WAYS}`)
}

/**
 * Starts a server on the port, its data in the folder. Throws {@link ClusterError} where no server program is installed, or where it does not get up,
 * with the last lines of its log. `onSpawned` gets the child before it is waited for.
 */
export async function startRedis(
  options: ClusterOptions,
  { port, folder }: { readonly port: number; readonly folder: string },
  record: RunRecord,
  onSpawned: (child: Child) => void,
): Promise<RedisServer> {
  const program = findProgram(SERVER_PROGRAMS, process.env.PATH ?? '')
  if (program === null) throw new ClusterError(`No ${SERVER_PROGRAMS.join(' or ')} is on the PATH.\n${THREE_WAYS}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const command = {
    name: 'redis',
    command: program,
    arguments: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...serverArguments(options.appendFsync),
    ],
    folder,
    environment: inheritedEnvironment(),
    logPath: logPath(options.folder, 'redis'),
  }
  const child = spawnChild(command, record)
  onSpawned(child)
  return waitForRedis(`redis://127.0.0.1:${port}`, child.life, command.logPath)
}

/** Waits for a server that was just started. `life` may tell that it has ended before. */
export async function waitForRedis(url: string, life: Child['life'], log: string): Promise<RedisServer> {
  const deadlineMs = performance.now() + ANSWER_WITHIN_MS
  let problem = ''
  while (life.isRunning && performance.now() < deadlineMs) {
    const answer = await askRedis(url)
    if (answer.version !== null) return { url, version: answer.version }
    problem = answer.problem
    await sleep(ANSWER_POLL_MS)
  }
  if (life.isRunning) {
    throw new ClusterError(
      `Redis has not answered within ${ANSWER_WITHIN_MS / 1000} s (${problem}). ${describeLog(log)}`,
    )
  }
  const how = await life.ended.then(describeExit, (error: Error) => error.message)
  throw new ClusterError(`Redis ended before it was ready (${how}). ${describeLog(log)}`)
}

export async function isRedisAnswering(url: string): Promise<boolean> {
  return (await askRedis(url)).version !== null
}

type RedisAnswer = { readonly version: string } | { readonly version: null; readonly problem: string }

/** One attempt on a connection of its own, which never throws: PING, then the version from INFO. */
export async function askRedis(url: string): Promise<RedisAnswer> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: CONNECT_WITHIN_MS,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let problem = ''
  client.on('error', error => {
    problem = error.message
  })
  try {
    await client.connect()
    await client.ping()
    return { version: versionFromInfo(await client.info('server')) }
  } catch (error) {
    return { version: null, problem: problem || (error as Error).message }
  } finally {
    client.disconnect()
  }
}

/** "7.0.15" from the text of INFO; Valkey tells the Redis version that it is compatible with and its own. */
export function versionFromInfo(info: string): string {
  const redis = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey === undefined ? redis : `${redis} (Valkey ${valkey})`
}

/** Absolute path of the first of the programs on the search path, null where there is none. */
export function findProgram(names: readonly string[], searchPath: string): string | null {
  const folders = searchPath.split(delimiter).filter(folder => folder !== '')
  const candidates = names.flatMap(name => folders.map(folder => join(folder, name)))
  return candidates.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
