/**
 * Test support: a small stack as docker-compose would have brought it up, which the engine makes with compose's labels: two replicas of the chat service, a Redis
 * server with a password, and HAProxy where its image is there. It carries a run's labels too, so that it is cleared away with a test that is killed.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../project.ts'
import { BALANCER_FILE } from './balancer-configuration.ts'
import { BALANCER_IMAGE } from './docker-balancer.ts'
import { type Container, type Engine, findEngine, OWNER_LABEL, RUN_LABEL, removeLabelled } from './docker-engine.ts'
import { REDIS_IMAGE } from './docker-redis.ts'
import { ensureServiceImage } from './image.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { uniqueSuffix } from './state-folder.ts'

const PASSWORD = 'a-secret-of-the-stack'
const REPLICAS = 2
const NANO_CPUS = 1_000_000_000
/** Places for replicas, found by the name of their service. */
const SERVERS = `
resolvers docker
  nameserver docker 127.0.0.11:53
  hold valid 1s
backend chat
  server-template chat- 4 chat:8080 resolvers docker resolve-prefer ipv4 init-addr none
`

export class TestStack implements AsyncDisposable {
  readonly project = `teststack${uniqueSuffix().replaceAll('-', '')}`
  readonly engine: Engine
  /** Of the chat service. */
  readonly replicas: Container[] = []

  private constructor(engine: Engine) {
    this.engine = engine
  }

  /** `environment`: of every replica, over what a stack needs. Resolves when all are started, not when they are ready. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<TestStack> {
    const { engine } = await findEngine()
    if (engine === null) throw new Error('This test needs a Docker engine: npm run setup -- --all')
    const stack = new TestStack(engine)
    try {
      await stack.#bringUp({ GUESTS: 'allow', REDIS_URL: `redis://:${PASSWORD}@redis:6379`, ...environment })
      return stack
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  async #bringUp(environment: Readonly<Record<string, string>>): Promise<void> {
    const folders = { projectFolder: PROJECT_FOLDER, serviceFolder: join(PROJECT_FOLDER, 'service') }
    const image = await ensureServiceImage(this.engine, folders, () => {}, null)
    await this.engine.createNetwork({ Name: this.project, Labels: this.#labels('', 0) })
    const redis = ['redis-server', '--protected-mode', 'no', '--requirepass', PASSWORD]
    await this.#run('redis', 1, { Image: REDIS_IMAGE, Cmd: redis })
    const env = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    for (let number = 1; number <= REPLICAS; number++) {
      this.replicas.push(await this.#run('chat', number, { Image: image, Env: env }, { NanoCpus: NANO_CPUS }))
    }
    if (!(await this.#hasBalancerImage())) return
    const configuration = `${readFileSync(BALANCER_FILE, 'utf8')}\n${SERVERS}`
    const command = 'printf "%s" "$CONFIGURATION" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg'
    const options = {
      Image: BALANCER_IMAGE,
      Entrypoint: ['/bin/sh', '-c', command],
      Cmd: [],
      Env: [`CONFIGURATION=${configuration}`],
    }
    await this.#run('haproxy', 1, options)
  }

  async #run(service: string, number: number, options: object, hostConfig: object = {}): Promise<Container> {
    const container = await this.engine.createContainer({
      ...options,
      name: `${this.project}_${service}_${number}`,
      Labels: this.#labels(service, number),
      HostConfig: { NetworkMode: this.project, RestartPolicy: { Name: 'unless-stopped' }, ...hostConfig },
      NetworkingConfig: { EndpointsConfig: { [this.project]: { Aliases: [service] } } },
    })
    await container.start()
    return container
  }

  #labels(service: string, number: number): Record<string, string> {
    return {
      'com.docker.compose.project': this.project,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
      'com.docker.compose.oneoff': 'False',
      [RUN_LABEL]: this.project,
      [OWNER_LABEL]: formatOwner(thisProcess()),
    }
  }

  async #hasBalancerImage(): Promise<boolean> {
    const images = await this.engine.listImages({ filters: { reference: [BALANCER_IMAGE] } })
    return images.length > 0
  }

  /** Of each replica: its state, and its limit of CPUs. */
  async states(): Promise<string[]> {
    const inspected = await Promise.all(this.replicas.map(replica => replica.inspect()))
    return inspected.map(({ State, HostConfig }) => `${State.Status} ${(HostConfig.NanoCpus ?? 0) / NANO_CPUS}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeLabelled(this.engine, labels => labels[RUN_LABEL] === this.project)
  }
}
