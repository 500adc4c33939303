/**
 * The balancer of a run, whatever its driver: it is up once it answers and sees of each instance what there is to see. What it sees is read from its
 * endpoint for Prometheus.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { httpGet } from '../http-get.ts'
import { type BalancerAddress, ClusterError } from './cluster.ts'
import { describeLog, logPath } from './instance-log.ts'
import { describeExit, type Life } from './life.ts'

export const BALANCER_NAME = 'haproxy'
/** On this machine: where the ports are. */
export const BALANCER_HOST = '127.0.0.1'

/** It checks each instance twice a second; this allows for a busy machine, and for a container's start. */
const SEEN_WITHIN_MS = 15_000
const SEEN_POLL_MS = 50
const ANSWER_WITHIN_MS = 2_000
/** Four checks: at the end of a run an instance may just have come back. */
const SEEN_AGAIN_WITHIN_MS = 2_000

export interface RunBalancer {
  readonly address: BalancerAddress
  /** What is wrong with it after healing: one line each. Of instances only those are expected to be seen that are told. */
  residue(expectedUp: readonly string[]): Promise<string[]>
}

/** What a driver has started. */
export interface StartedBalancer {
  readonly port: number
  readonly metricsPort: number
  readonly life: Life
  readonly logPath: string
  /** Resolves when the log of a life that has ended is in the file. */
  logWritten(): Promise<void>
}

/**
 * Waits until it has seen `ready`, and nobody else. Throws {@link ClusterError} with the last lines of its log where it ends before or does not, and
 * the reason of `abort` where that comes first.
 */
export async function awaitBalancer(
  started: StartedBalancer,
  ready: readonly string[],
  abort: AbortSignal | null,
): Promise<RunBalancer> {
  const { life, port, metricsPort } = started
  const deadlineMs = performance.now() + SEEN_WITHIN_MS
  let problem = ''
  while (life.isRunning && performance.now() < deadlineMs) {
    abort?.throwIfAborted()
    const seen = await askBalancer(metricsPort)
    problem = describeUnseen(seen, ready)
    if (seen !== null && problem === '' && seen.up.length === ready.length) {
      const address = { name: BALANCER_NAME, version: seen.version, host: BALANCER_HOST, port, metricsPort }
      return { address, residue: expectedUp => balancerResidue(started, expectedUp) }
    }
    await sleep(SEEN_POLL_MS)
  }
  abort?.throwIfAborted()
  if (life.isRunning) {
    throw new ClusterError(
      `The balancer is not up within ${SEEN_WITHIN_MS / 1000} s: ${problem}. ${describeLog(started.logPath)}`,
    )
  }
  const how = await describeEnd(life)
  await started.logWritten()
  throw new ClusterError(`The balancer ended before it was up (${how}). ${describeLog(started.logPath)}`)
}

/** The path of the file with the run's instances, written where it stays with the logs. */
export function writeServers(runFolder: string, text: string): string {
  const path = logPath(runFolder, BALANCER_NAME).replace(/\.log$/, '-instances.cfg')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

async function balancerResidue(
  { life, metricsPort }: StartedBalancer,
  expectedUp: readonly string[],
): Promise<string[]> {
  const deadlineMs = performance.now() + SEEN_AGAIN_WITHIN_MS
  for (;;) {
    if (!life.isRunning) return [`The balancer is not running (${await describeEnd(life)}).`]
    const problem = describeUnseen(await askBalancer(metricsPort), expectedUp)
    if (problem === '') return []
    if (performance.now() > deadlineMs) return [`The balancer runs, but ${problem}.`]
    await sleep(SEEN_POLL_MS)
  }
}

function describeEnd(life: Life): Promise<string> {
  return life.ended.then(describeExit, (error: Error) => error.message)
}

export interface SeenByBalancer {
  readonly version: string
  /** Names of the instances that get connections. */
  readonly up: readonly string[]
}

/** In words; empty where it sees all of them. */
function describeUnseen(seen: SeenByBalancer | null, expectedUp: readonly string[]): string {
  if (seen === null) return 'it does not answer'
  const unseen = expectedUp.filter(name => !seen.up.includes(name))
  return unseen.length === 0
    ? ''
    : `it does not see that ${unseen.join(', ')} ${unseen.length === 1 ? 'is' : 'are'} ready`
}

/** Null where it gives no answer that can be read. `host`: where its endpoint for Prometheus is. */
export async function askBalancer(metricsPort: number, host = BALANCER_HOST): Promise<SeenByBalancer | null> {
  const path = '/metrics?scope=global&scope=server'
  const got = await httpGet({ host, port: metricsPort, path, msMax: ANSWER_WITHIN_MS })
  return got?.status === 200 ? readMetrics(got.body) : null
}

/** Null where the text does not tell its version. */
export function readMetrics(text: string): SeenByBalancer | null {
  const version = /^haproxy_process_build_info\{[^}]*version="(\d+\.\d+(?:\.\d+)?)/m.exec(text)?.[1]
  if (version === undefined) return null
  const up = [...text.matchAll(/^haproxy_server_status\{proxy="chat",server="([^"]+)",state="UP"\} 1$/gm)]
  return { version, up: up.map(match => match[1]!) }
}
