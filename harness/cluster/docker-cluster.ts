/**
 * The driver `docker`: instances and Redis as containers on a bridge network of their own, their ports published on 127.0.0.1.
 */

import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, ClusterError, type ClusterOptions, type InstanceAddress } from './cluster.ts'
import {
  type Container,
  type ContainerCreateOptions,
  type Engine,
  engineMessage,
  type Labels,
  OWNER_LABEL,
  RUN_LABEL,
  removeLabelled,
} from './docker-engine.ts'
import { ensureImage, ensureServiceImage } from './image.ts'
import { type Instance, instanceEnvironment, instanceNames, startInstances } from './instance.ts'
import { InstanceCluster } from './instance-cluster.ts'
import { logPath } from './instance-log.ts'
import { Life } from './life.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { reservePorts } from './ports.ts'
import { persistenceArguments, type RedisServer, useRedis, waitForRedis } from './redis-server.ts'

const REDIS_IMAGE = 'redis:7-bookworm'
const REDIS_PORT = 6379
/** Ports within a container; outside each instance has its own. */
const CHAT_PORT = 8080
const METRICS_PORT = 9090
/** How a container names the machine that it runs on. */
const HOST_FROM_CONTAINER = 'host.docker.internal'
/** Longer than the service's own deadline for draining, 20 s. */
const STOP_GRACE_SECONDS = 30
/** The end of a container's output follows its exit within milliseconds. */
const LOG_WRITTEN_WITHIN_MS = 1_000
/** Killing and removing a few containers takes a second or two; an engine that hangs must not hang the harness. */
const REMOVED_WITHIN_MS = 30_000

/** What a container of the run needs to know of it. */
interface DockerRun {
  readonly engine: Engine
  readonly options: ClusterOptions
  readonly labels: Labels
  readonly networkId: string
}

/**
 * Throws {@link ClusterError} where the environment is not as needed, and the reason of `abort` where that comes first; either way
 * nothing is left behind but images. `projectFolder` holds the Dockerfile.
 */
export async function startDockerCluster(
  engine: Engine,
  projectFolder: string,
  options: ClusterOptions,
  abort: AbortSignal | null = null,
): Promise<Cluster> {
  abort?.throwIfAborted()
  const { serviceFolder, onProgress } = options
  const image = await ensureServiceImage(engine, { projectFolder, serviceFolder }, onProgress, abort)
  if (options.redisUrl === null) await ensureImage(engine, REDIS_IMAGE, onProgress, abort)
  abort?.throwIfAborted()

  await using things = new AsyncDisposableStack()
  const owner = thisProcess()
  const { ports, release } = await reservePorts(owner, 1 + 2 * options.instances)
  things.defer(release)
  const labels = { [RUN_LABEL]: options.runId, [OWNER_LABEL]: formatOwner(owner) }
  things.defer(() => removeRun(engine, labels, onProgress))
  const run: DockerRun = { engine, options, labels, networkId: await createNetwork(engine, options.runId, labels) }

  const redis = await provideRedis(run, ports[0]!)
  abort?.throwIfAborted()

  onProgress(`starting ${options.instances} instances`)
  const redisUrl = options.redisUrl === null ? `redis://redis:${REDIS_PORT}` : urlFromContainer(options.redisUrl)
  const instances = instanceNames(options.instances).map((name, index) => {
    const address = { name, port: ports[1 + 2 * index]!, metricsPort: ports[2 + 2 * index]! }
    return new ContainerInstance(address, instanceContainer(run, address, image, redisUrl), run)
  })
  await startInstances(instances, abort)
  return new InstanceCluster({ driver: 'docker', instances, redis, things: things.move() })
}

/** In a container, 127.0.0.1 is the container itself. (The server has to listen on more than the host's loopback, then.) */
export function urlFromContainer(redisUrl: string): string {
  const url = new URL(redisUrl)
  if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = HOST_FROM_CONTAINER
  return url.href
}

async function createNetwork(engine: Engine, runId: string, labels: Labels): Promise<string> {
  try {
    const network = await engine.createNetwork({ Name: runId, Driver: 'bridge', Labels: labels, CheckDuplicate: true })
    return network.id
  } catch (error) {
    throw new ClusterError(`The network ${runId} could not be made: ${engineMessage(error)}`)
  }
}

async function provideRedis(run: DockerRun, port: number): Promise<RedisServer> {
  const { options } = run
  if (options.redisUrl !== null) return useRedis(options.redisUrl)
  options.onProgress('starting Redis')
  const container = new RunContainer('redis', redisContainer(run, port), run)
  await container.launch()
  return waitForRedis(`redis://127.0.0.1:${port}`, container.life!, container.logPath)
}

/** The port is published for the harness, which asks for the version and whether it is still there. */
function redisContainer(run: DockerRun, port: number): ContainerCreateOptions {
  // Redis as Debian packs it refuses other addresses than its own without a password; here only the run's network can reach it.
  const command = ['redis-server', '--protected-mode', 'no', ...persistenceArguments(run.options.appendFsync)]
  return containerOptions(run, 'redis', { Image: REDIS_IMAGE, Cmd: command }, { [REDIS_PORT]: port })
}

function instanceContainer(
  run: DockerRun,
  address: InstanceAddress,
  image: string,
  redisUrl: string,
): ContainerCreateOptions {
  const { name, port, metricsPort } = address
  const settings = { name, host: '0.0.0.0', port: CHAT_PORT, metricsPort: METRICS_PORT, redisUrl }
  const environment = Object.entries(instanceEnvironment(settings, run.options))
  const options: ContainerCreateOptions = {
    Image: image,
    Env: environment.map(([variable, value]) => `${variable}=${value}`),
    // The harness asks /readyz itself; the image's own check would start a process in every container again and again.
    Healthcheck: { Test: ['NONE'] },
  }
  return containerOptions(run, name, options, { [CHAT_PORT]: port, [METRICS_PORT]: metricsPort })
}

/** `published`: port in the container → port on 127.0.0.1. */
function containerOptions(
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
      // Engines before 20.10 do not know host-gateway, and only a Redis of the host needs it.
      ExtraHosts: run.options.redisUrl === null ? [] : [`${HOST_FROM_CONTAINER}:host-gateway`],
      Init: false,
    },
    NetworkingConfig: { EndpointsConfig: { [run.networkId]: { Aliases: [name] } } },
  }
}

/** A container of the run, its output in its log. */
class RunContainer {
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

  /** The first time the container is made, later it is started again, on its old ports. */
  async launch(): Promise<void> {
    try {
      this.#container ??= await this.#run.engine.createContainer(this.#create)
      await this.#followLog(this.#container)
      await this.#container.start()
    } catch (error) {
      throw new ClusterError(`The container of ${this.name} could not be started: ${engineMessage(error)}`)
    }
    this.life = new Life(this.name)
    watchEnd(this.#container, this.life)
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#container === null) throw new Error(`${this.name} was never started.`)
    try {
      await this.#container.kill({ signal })
    } catch (error) {
      throw new Error(`${this.name} gets no ${signal}: ${engineMessage(error)}`)
    }
  }

  async logWritten(): Promise<void> {
    await Promise.race([this.#logWritten, sleep(LOG_WRITTEN_WITHIN_MS, undefined, { ref: false })])
  }

  /** Attached before the start, so that the log has every line of this life and none of an earlier one. */
  async #followLog(container: Container): Promise<void> {
    const output = await container.attach({ stream: true, stdout: true, stderr: true })
    const log = createWriteStream(this.logPath, { flags: 'a' })
    this.#run.engine.modem.demuxStream(output, log, log)
    output.once('close', () => log.end())
    output.once('error', () => {}) // The connection to the engine has broken: the log ends here.
    this.#logWritten = finished(log).catch(() => {})
  }
}

class ContainerInstance extends RunContainer implements Instance {
  readonly address: InstanceAddress

  constructor(address: InstanceAddress, create: ContainerCreateOptions, run: DockerRun) {
    super(address.name, create, run)
    this.address = address
  }
}

/**
 * The engine tells the end, with the exit code that it has seen: 137 = 128 + 9 after SIGKILL. Asked after the start, `wait` also answers for
 * a container that has ended in between.
 */
function watchEnd(container: Container, life: Life): void {
  container.wait().then(
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

/** By label, so that what was asked for and not answered before an abort goes too. Never throws. */
async function removeRun(engine: Engine, labels: Labels, onProgress: (line: string) => void): Promise<void> {
  const isOurs = (found: Labels) => found[RUN_LABEL] === labels[RUN_LABEL] && found[OWNER_LABEL] === labels[OWNER_LABEL]
  const late = sleep(REMOVED_WITHIN_MS, 'late' as const, { ref: false })
  try {
    if ((await Promise.race([removeLabelled(engine, isOurs), late])) !== 'late') return
    onProgress(`The Docker engine has not removed the run's containers within ${REMOVED_WITHIN_MS / 1000} s.`)
  } catch (error) {
    onProgress(`The run's containers could not all be removed: ${engineMessage(error)}`)
  }
}
