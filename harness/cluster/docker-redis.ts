/** Redis as a container. Its data is in the container's volume, which outlives a stop and goes with the container. */

import { containerOptions, type DockerRun, RunContainer } from './docker-container.ts'
import { REDIS_ENDED_WITHIN_MS, type RunRedis } from './redis-control.ts'
import { type RedisServer, serverArguments, waitForRedis } from './redis-server.ts'

export const REDIS_IMAGE = 'redis:7-bookworm'
const REDIS_PORT = 6379
/** As the run's containers reach it. */
export const REDIS_URL_IN_NETWORK = `redis://redis:${REDIS_PORT}`
/** Where the image has its volume. */
const DATA_FOLDER = '/data'

export class ContainerRedis implements RunRedis {
  readonly #container: RunContainer
  readonly #url: string
  #server: RedisServer | null = null

  /** The port is published for the harness, which asks for the version and whether it is still there. */
  constructor(run: DockerRun, port: number) {
    // Redis as Debian packs it refuses other addresses than its own without a password; here only the run's network can reach it.
    const command = ['redis-server', '--protected-mode', 'no', '--dir', DATA_FOLDER]
    const options = { Image: REDIS_IMAGE, Cmd: [...command, ...serverArguments(run.options.appendFsync)] }
    this.#container = new RunContainer('redis', containerOptions(run, 'redis', options, { [REDIS_PORT]: port }), run)
    this.#url = `redis://127.0.0.1:${port}`
  }

  /** Once it has been started. */
  get server(): RedisServer {
    return this.#server!
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ended = this.#container.life!.endedWithin(REDIS_ENDED_WITHIN_MS)
    ended.catch(() => {})
    await this.#container.kill(signal)
    await ended
  }

  async start(data: 'kept' | 'lost'): Promise<void> {
    if (this.#container.life?.isRunning) throw new Error('Redis is already running.')
    if (data === 'lost') await this.#container.discard()
    await this.#container.launch()
    this.#server = await waitForRedis(this.#url, this.#container.life!, this.#container.logPath)
  }
}
