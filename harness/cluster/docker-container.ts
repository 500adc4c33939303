/** A container of a run: its lives, its log and how it ends. */

import { createWriteStream } from 'node:fs'
import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError, type ClusterOptions } from './cluster.ts'
import {
  type Container,
  type ContainerCreateOptions,
  type Engine,
  engineMessage,
  type Labels,
} from './docker-engine.ts'
import { HOST_FROM_CONTAINER } from './docker-network.ts'
import { logPath } from './instance-log.ts'
import { Life } from './life.ts'

/** Longer than the service's own deadline for draining, 20 s. */
const STOP_GRACE_SECONDS = 30
/** The end of a container's output follows its exit within milliseconds. */
export const LOG_WRITTEN_WITHIN_MS = 1_000

/** What a container of the run needs to know of it. */
export interface DockerRun {
  readonly engine: Engine
  readonly options: ClusterOptions
  readonly labels: Labels
  readonly networkId: string
  /** Aborted before the run is cleared away: no container stays that is made from then on. */
  readonly over: AbortSignal
}

/** `published`: port in the container → port on 127.0.0.1. */
export function containerOptions(
  run: DockerRun,
  name: string,
  options: ContainerCreateOptions,
  published: Readonly<Record<number, number>>,
): ContainerCreateOptions {
  const ports = Object.entries(published).map(([inside, outside]) => [`${inside}/tcp`, outside] as const)
  return {
    ...options,
    name: `${run.options.runId}-${name}`,
    Labels: { ...run.labels },
    StopTimeout: STOP_GRACE_SECONDS,
    ExposedPorts: Object.fromEntries(ports.map(([inside]) => [inside, {}])),
    HostConfig: {
      NetworkMode: run.networkId,
      PortBindings: Object.fromEntries(
        ports.map(([inside, outside]) => [inside, [{ HostIp: '127.0.0.1', HostPort: String(outside) }]]),
      ),
      ExtraHosts: needsHost(run.options) ? [`${HOST_FROM_CONTAINER}:host-gateway`] : [],
      Init: false,
    },
    NetworkingConfig: { EndpointsConfig: { [run.networkId]: { Aliases: [name] } } },
  }
}

/** Engines before 20.10 do not know host-gateway, so it is told only where something on the host may be wanted. */
function needsHost({ redisUrl, links, balancer }: ClusterOptions): boolean {
  return redisUrl !== null || (links?.redis ?? false) || (Boolean(balancer) && (links?.clients ?? false))
}

/** A container of the run, its output in its log. */
export class RunContainer {
  readonly name: string
  readonly logPath: string
  life: Life | null = null
  readonly #create: ContainerCreateOptions
  readonly #run: DockerRun
  #container: Container | null = null
  #logWritten: Promise<void> = Promise.resolve()

  constructor(name: string, create: ContainerCreateOptions, run: DockerRun) {
    this.name = name
    this.logPath = logPath(run.options.folder, name)
    this.#create = create
    this.#run = run
  }

  /** Null before the first start. */
  get container(): Container | null {
    return this.#container
  }

  /** The first time the container is made, later it is started again, on its old ports. */
  async launch(): Promise<void> {
    try {
      this.#container ??= await this.#make()
      this.#logWritten = (await followLog(this.#run.engine, this.#container, this.logPath)).written
      await this.#container.start()
    } catch (error) {
      throw new ClusterError(`The container of ${this.name} could not be started: ${engineMessage(error)}`)
    }
    this.life = new Life(this.name)
    watchEnd(this.#container, this.life)
  }

  /** Removes the container with all that it has written; the next start makes another one. */
  async discard(): Promise<void> {
    await this.#container?.remove({ force: true, v: true })
    this.#container = null
  }

  /** The engine wakes a paused container that gets SIGKILL or SIGTERM. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.tell(`gets no ${signal}`, container => container.kill({ signal }))
  }

  /** Asks the engine for something; `failure` begins what is said where it refuses. */
  async tell<T>(failure: string, ask: (container: Container) => Promise<T>): Promise<T> {
    if (this.#container === null) throw new Error(`${this.name} was never started.`)
    try {
      return await ask(this.#container)
    } catch (error) {
      throw new Error(`${this.name} ${failure}: ${engineMessage(error)}`)
    }
  }

  async logWritten(): Promise<void> {
    await Promise.race([this.#logWritten, sleep(LOG_WRITTEN_WITHIN_MS, undefined, { ref: false })])
  }

  /** Nothing is left of one that was being made while the run was cleared away. */
  async #make(): Promise<Container> {
    const { engine, over } = this.#run
    const container = await engine.createContainer(this.#create)
    if (over.aborted) await container.remove({ force: true, v: true })
    over.throwIfAborted()
    return container
  }
}

/**
 * Appends the container's output to the log from now on. Attached before the start, the log has every line of this life and none of an
 * earlier one. Resolves once it is attached, with what resolves when all of a life that has ended, or of the time until `over`, is in the file.
 */
export async function followLog(
  engine: Engine,
  container: Container,
  path: string,
  over: AbortSignal | null = null,
): Promise<{ readonly written: Promise<void> }> {
  const output = await container.attach({ stream: true, stdout: true, stderr: true })
  const log = createWriteStream(path, { flags: 'a' })
  engine.modem.demuxStream(output, log, log)
  output.once('close', () => log.end())
  output.once('error', () => {}) // The connection to the engine has broken: the log ends here.
  over?.addEventListener('abort', () => (output as Duplex).destroy(), { once: true })
  return { written: finished(log).catch(() => {}) }
}

/**
 * The engine tells the end, with the exit code that it has seen: 137 = 128 + 9 after SIGKILL. Asked after the start, `wait` also answers for
 * a container that has ended in between. Nobody asks any more after `over`.
 */
export function watchEnd(container: Container, life: Life, over: AbortSignal | null = null): void {
  container.wait(over === null ? {} : { abortSignal: over }).then(
    async (end: { StatusCode: number }) =>
      life.end({ code: end.StatusCode, signal: null, atMs: await endOf(container) }),
    (error: unknown) => life.lose(new Error(`The engine does not tell how it ended: ${engineMessage(error)}`)),
  )
}

/**
 * When the container ended, as a `performance.now()`: the engine answers `wait` some 200 ms late, but notes the time of the end, on
 * the clock of this same machine.
 */
async function endOf(container: Container): Promise<number> {
  const toldAtMs = performance.now()
  const finishedAt = await container.inspect().then(
    ({ State }) => Date.parse(State.FinishedAt),
    () => Number.NaN,
  )
  const agoMs = Date.now() - finishedAt - (performance.now() - toldAtMs)
  return agoMs > 0 ? toldAtMs - agoMs : toldAtMs
}
