/**
 * Test support: a real redis-server and real instances of the service, each a child process on a port of its own.
 *
 * Not handled: a test process that is killed with SIGKILL leaves its children behind.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { PUBLISH_SCRIPT } from './log-scripts.ts'
import { type MessageFrame, WEBSOCKET_PATH } from './protocol.ts'
import { channelOf } from './room-log.ts'

/** Test files that run at the same time have ports of their own, or one would take what the other is just about to listen on. */
const WORKERS_MAX = 2
const PORT_COUNT = 3_000
/** Below the ephemeral range, so that no client's own port can sit on one of them. */
const PORT_FIRST = 24_000 + (Number(process.env.VITEST_POOL_ID ?? 1) % WORKERS_MAX) * PORT_COUNT
/** Everything here is local and takes milliseconds; this allows for a busy machine. */
export const AWAIT_MS_MAX = 15_000
const POLL_MS = 5
/** In memory where there is room: each write is synced, and a busy disk would be measured as the service. */
const DATA_FOLDER = hasRoom('/dev/shm', 2 ** 30) ? '/dev/shm' : tmpdir()

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const portsTaken = new Set<number>()
const running = new Set<{ stop(): Promise<void> }>()

function hasRoom(folder: string, bytesMin: number): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize >= bytesMin
}

/** A port that nobody listens on now and that this process has not given out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_FIRST + Math.floor(Math.random() * PORT_COUNT)
    if (portsTaken.has(port) || !(await canListen(port))) continue
    portsTaken.add(port)
    return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Polls until the condition holds, and fails with what was awaited where it does not in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  msMax: number = AWAIT_MS_MAX,
): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${msMax} ms in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
}

/** A redis-server that syncs each write, so that it loses nothing when it is killed. */
export class TestRedis {
  readonly port: number
  readonly #folder: string
  readonly #settings: readonly string[]
  #child: ChildProcess | null = null
  #control: Redis | null = null

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#settings = settings
    running.add(this)
  }

  /** Prepared, not started. `settings` are further arguments of redis-server. */
  static async prepare(settings: readonly string[] = []): Promise<TestRedis> {
    return new TestRedis(await freePort(), mkdtempSync(join(DATA_FOLDER, 'tuesday-test-redis-')), settings)
  }

  static async start(settings: readonly string[] = []): Promise<TestRedis> {
    const redis = await TestRedis.prepare(settings)
    await redis.start()
    return redis
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** A connection for the test itself. */
  get control(): Redis {
    this.#control ??= new Redis(this.url, {
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
      // It asks for INFO, which some tests forbid.
      enableReadyCheck: false,
    }).on('error', () => {})
    return this.#control
  }

  /** With the data of an earlier start, if any is left. Resolves when it answers. */
  async start(): Promise<void> {
    const persistence = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
    const place = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder]
    this.#child = spawn('redis-server', [...place, ...persistence, ...this.#settings], { stdio: 'ignore' })
    const answers = () =>
      this.control.ping().then(
        () => true,
        () => false,
      )
    await until('redis-server answers', answers)
  }

  async kill(): Promise<void> {
    const child = this.#child!
    this.#child = null
    const exited = exitOf(child)
    child.kill('SIGKILL')
    await exited
  }

  /** Only while it is not running. */
  deleteData(): void {
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true, force: true })
  }

  /** Puts a copy of the data aside, as it is now. */
  keepData(): void {
    cpSync(join(this.#folder, 'appendonlydir'), join(this.#folder, 'kept'), { recursive: true })
  }

  /** Goes back to the data that were kept: what was written since is lost. Only while it is not running. */
  restoreData(): void {
    this.deleteData()
    renameSync(join(this.#folder, 'kept'), join(this.#folder, 'appendonlydir'))
  }

  /** A room's log, as it stands. */
  async logOf(room: string): Promise<MessageFrame[]> {
    const entries = await this.control.xrange(`tuesday:{${room}}:log`, '-', '+')
    return entries.map(([, fields]) => JSON.parse(fields[3]!))
  }

  async stop(): Promise<void> {
    this.#control?.disconnect()
    if (this.#child !== null) await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Puts a message into a room's log as an instance does, but its hint into a channel that nobody listens to. */
  async appendWithoutHint(room: string, text: string): Promise<{ epoch: string; seq: number }> {
    const sender = `silent${Math.random().toString(36).slice(2, 10)}`
    const keys = [`tuesday:{${room}}:head`, `tuesday:{${room}}:log`, `tuesday:{${room}}:sender:silent/${sender}`]
    const epochArguments = ['', '', 0, 'epochOfTest']
    const limits = [10_000, 3_600_000, 32]
    const head = `{"type":"message","room":"${room}",`
    const tail = `"id":"${sender}.1/1","from":"silent","text":${JSON.stringify(text)}}`
    const message = [1, 3_600_000, 1, 1, tail, '']
    const values = [...epochArguments, `${channelOf(room)}:nobody`, ...limits, '0 silent', head, ...message]
    const [, answer] = (await this.control.eval(PUBLISH_SCRIPT, keys.length, ...keys, ...values)) as [number, unknown[]]
    return { epoch: String(answer![1]), seq: Number(answer![2]) }
  }
}

export type Environment = Readonly<Record<string, string>>

/** One instance: `node service/main.ts`. */
export class TestInstance {
  readonly name: string
  readonly port: number
  readonly metricsPort: number
  /** What it wrote to stdout and stderr so far. */
  output = ''
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess

  private constructor(name: string, port: number, metricsPort: number, child: ChildProcess) {
    this.name = name
    this.port = port
    this.metricsPort = metricsPort
    this.#child = child
    this.exited = exitOf(child)
    const collect = (chunk: Buffer) => {
      this.output += String(chunk)
    }
    child.stdout!.on('data', collect)
    child.stderr!.on('data', collect)
    running.add(this)
  }

  /** Spawned, not waited for. With PORT in the environment it is there, such as where one that has ended was. */
  static async spawn(name: string, redisUrl: string, environment: Environment = {}): Promise<TestInstance> {
    const [port, metricsPort] = [Number(environment.PORT ?? (await freePort())), await freePort()]
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        INSTANCE_NAME: name,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        REDIS_URL: redisUrl,
        GUESTS: 'allow',
        // Far away, where a test is not about it.
        FRAMES_PER_SECOND: '1000000',
        FRAMES_BURST: '1000000',
        DRAIN_SPREAD_MS: '200',
        ...environment,
      },
    })
    return new TestInstance(name, port, metricsPort, child)
  }

  /** Resolves when it is ready. */
  static async start(name: string, redisUrl: string, environment: Environment = {}): Promise<TestInstance> {
    const instance = await TestInstance.spawn(name, redisUrl, environment)
    await instance.untilReady()
    return instance
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.port}${WEBSOCKET_PATH}`
  }

  /** The status of a GET, 0 where nobody answered. */
  async statusOf(path: string): Promise<number> {
    try {
      const response = await fetch(this.url + path)
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  async untilReady(): Promise<void> {
    let status = 0
    const isReady = async () => {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended at start:\n${this.output}`)
      status = await this.statusOf('/readyz')
      return status === 200
    }
    await until(`${this.name} is ready`, isReady).catch(error => {
      throw new Error(`${error.message}; the last status was ${status}, and it has written:\n${this.output}`)
    })
  }

  async metricsText(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text()
  }

  /** Sum of a metric over those of its series whose labels contain `labels`, as in `cause="hole"`. */
  async metric(name: string, labels = ''): Promise<number> {
    const lines = (await this.metricsText()).split('\n')
    const series = lines.filter(line => line.startsWith(`${name}{`) && line.includes(labels))
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends it at once, if it runs still. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await this.exited
    }
  }
}

/** Kills Redis, and starts it with what was kept of its data once every instance has noticed. Resolves when all are ready again. */
export async function startAgainWithWhatWasKept(redis: TestRedis, instances: readonly TestInstance[]): Promise<void> {
  await redis.kill()
  for (const instance of instances) {
    await until(`${instance.name} has noticed`, async () => (await instance.statusOf('/readyz')) === 503)
  }
  redis.restoreData()
  await redis.start()
  await Promise.all(instances.map(instance => instance.untilReady()))
}

/** Ends everything that this test file has started, also what a failed test left. */
export async function stopEverything(): Promise<void> {
  const parts = [...running]
  running.clear()
  for (const part of parts.reverse()) await part.stop()
}
