/**
 * An instance of the service as both drivers see it: what it is told by its environment, and how it gets ready.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { httpGet } from '../http-get.ts'
import { ClusterError, type ClusterOptions, type CpuStressed, type InstanceAddress } from './cluster.ts'
import { describeLog } from './instance-log.ts'
import { describeExit, type Life } from './life.ts'

/** Short against the start of a process, so that recovery is not measured longer than it is. */
const READY_POLL_MS = 50
/** A start takes about a second; this allows for many of them at once on two busy cores. */
const READY_WITHIN_MS = 20_000
/** `/readyz` asks nothing of anybody, so a slower answer is none. */
const READY_ANSWER_WITHIN_MS = 2_000

/** What the drivers do differently. */
export interface Instance {
  readonly address: InstanceAddress
  readonly logPath: string
  /** The present or last life; null before the first. */
  readonly life: Life | null
  /** Begins a life, without waiting until it is ready. Only where none is running. */
  launch(): Promise<void>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Resolves when it is asked for; `isPaused` tells when it is so. */
  pause(): Promise<void>
  resume(): Promise<void>
  isPaused(): Promise<boolean>
  stressCpu(share: number): Promise<CpuStressed>
  /** What is still limited or busy, null where nothing is. */
  stressResidue(): Promise<string | null>
  /** Resolves when the log of a life that has ended is in the file. */
  logWritten(): Promise<void>
}

export interface InstanceSettings {
  readonly name: string
  /** Address to listen on. */
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  readonly redisUrl: string
}

/** chat-1, chat-2 … */
export function instanceNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `chat-${index + 1}`)
}

/** A virtual client may stand for many people, so the limit of frames is far away unless a scenario is about it. */
const FRAMES_MAX = '1000000'

/** A balancer looks twice a second, and a second may pass until it has noticed; the rest is for a busy machine. */
const DRAIN_NOTICE_BEHIND_BALANCER_MS = '3000'

/** The scenario's own variables go last, so they win. */
export function instanceEnvironment(settings: InstanceSettings, options: ClusterOptions): Record<string, string> {
  return {
    INSTANCE_NAME: settings.name,
    HOST: settings.host,
    PORT: String(settings.port),
    METRICS_HOST: settings.host,
    METRICS_PORT: String(settings.metricsPort),
    REDIS_URL: settings.redisUrl,
    GUESTS: 'allow',
    FRAMES_PER_SECOND: FRAMES_MAX,
    FRAMES_BURST: FRAMES_MAX,
    LOG_LEVEL: 'info',
    ...(options.balancer ? { DRAIN_NOTICE_MS: DRAIN_NOTICE_BEHIND_BALANCER_MS } : {}),
    ...options.environment,
  }
}

/**
 * Begins a life of the instance and waits until `/readyz` answers 200. Throws {@link ClusterError} with the last lines of its log where it
 * ends before, or is not ready in time (then it is left running), and the reason of `abort` where that comes first.
 */
export async function startInstance(instance: Instance, abort: AbortSignal | null): Promise<void> {
  const { name } = instance.address
  abort?.throwIfAborted()
  if (instance.life?.isRunning) throw new Error(`${name} is already running.`)
  await instance.launch()
  const deadlineMs = performance.now() + READY_WITHIN_MS
  while (instance.life?.isRunning) {
    abort?.throwIfAborted()
    if (await isReady(instance.address)) return
    if (performance.now() > deadlineMs) throw new ClusterError(notReady(instance))
    await sleep(READY_POLL_MS)
  }
  abort?.throwIfAborted()
  throw new ClusterError(await endedTooEarly(instance))
}

/**
 * Starts all at once. When one fails, the others are not waited for, and its error is thrown; nothing is cleaned up here.
 */
export async function startInstances(instances: readonly Instance[], abort: AbortSignal | null): Promise<void> {
  const failure = new AbortController()
  const signal = abort === null ? failure.signal : AbortSignal.any([abort, failure.signal])
  await Promise.all(
    instances.map(instance => startInstance(instance, signal).catch((error: unknown) => failure.abort(error))),
  )
  failure.signal.throwIfAborted()
}

function notReady(instance: Instance): string {
  const { name, host, directPort } = instance.address
  return (
    `${name} runs, but http://${host}:${directPort}/readyz has not answered 200 within ${READY_WITHIN_MS / 1000} s. ` +
    describeLog(instance.logPath)
  )
}

async function endedTooEarly(instance: Instance): Promise<string> {
  const { name } = instance.address
  const how = await instance.life!.ended.then(describeExit, (error: Error) => error.message)
  await instance.logWritten()
  return `${name} ended before it was ready (${how}). ${describeLog(instance.logPath)}`
}

/** Whether `/readyz` answers 200 now, asked past any proxy. Each question has a connection of its own. */
export async function isReady({
  host,
  directPort: port,
}: Pick<InstanceAddress, 'host' | 'directPort'>): Promise<boolean> {
  return (await httpGet({ host, port, path: '/readyz', msMax: READY_ANSWER_WITHIN_MS }))?.status === 200
}
