/**
 * Test support: the built front end, real instances on a real Redis, and a real Chromium, in which people open pages.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { CHROMIUM_ARGUMENTS, findChromium } from '../../harness/browsers/chromium.ts'
import { FrontEnd, findFrontEnd } from '../../harness/browsers/front-end.ts'
import { type Environment, stopEverything, TestInstance, TestRedis } from '../../service/test-cluster.ts'
import { buildFrontEnd } from '../build-once.ts'
import { Person } from './person.ts'

/** Chance decides where a page connects first; one more try than this many misses in a row has a chance of one in a million. */
const TRIES_MAX = 20

/** How long `expect.poll` waits for what a page is to show; it takes milliseconds, on a machine that is not busy. */
export const SOON = { timeout: 10_000 }

export interface RigOptions {
  /** Names of the instances. */
  readonly instances: readonly string[]
  readonly environment?: Environment
  /** By which the instances reach Redis; its own address unless given. */
  readonly redisUrl?: (redis: TestRedis) => Promise<string>
}

export interface Visit {
  readonly name: string
  readonly room: string
  readonly context?: BrowserContextOptions
}

export class BrowserRig implements AsyncDisposable {
  readonly redis: TestRedis
  readonly browser: Browser
  readonly frontEnd: FrontEnd
  /** By name. */
  readonly instances: Map<string, TestInstance>
  readonly #options: RigOptions
  readonly #redisUrl: string
  readonly #folder: string

  private constructor(parts: Pick<BrowserRig, 'redis' | 'browser' | 'frontEnd' | 'instances'>, more: RigPrivate) {
    this.redis = parts.redis
    this.browser = parts.browser
    this.frontEnd = parts.frontEnd
    this.instances = parts.instances
    this.#options = more.options
    this.#redisUrl = more.redisUrl
    this.#folder = more.folder
  }

  static async start(options: RigOptions): Promise<BrowserRig> {
    const server = process.env.TUESDAY_FRONT_END === undefined ? await buildFrontEnd() : findFrontEnd()
    const folder = mkdtempSync(join(tmpdir(), 'tuesday-test-browsers-'))
    const redis = await TestRedis.start()
    const redisUrl = (await options.redisUrl?.(redis)) ?? redis.url
    const started = await Promise.all(
      options.instances.map(name => TestInstance.start(name, redisUrl, { ORIGINS: '*', ...options.environment })),
    )
    const webSocketUrls = started.map(({ webSocketUrl }) => webSocketUrl)
    const [frontEnd, browser] = await Promise.all([
      FrontEnd.start({ server, webSocketUrls, logPath: join(folder, 'front-end.log') }),
      chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS }),
    ])
    const instances = new Map(started.map(instance => [instance.name, instance]))
    return new BrowserRig({ redis, browser, frontEnd, instances }, { options, redisUrl, folder })
  }

  /** Opens the front end as somebody who has signed in, and is connected and in the room when this resolves. */
  async open({ name, room, context = {} }: Visit): Promise<Person> {
    const person = await this.visit({ name, room }, await this.browser.newContext(context))
    await person.untilConnection('open')
    await person.untilJoined()
    return person
  }

  /** The same, on that instance. */
  async openOn(instance: string, visit: Visit): Promise<Person> {
    const person = await this.open(visit)
    for (let tries = 1; (await person.connection()).instance !== instance; tries++) {
      if (tries > TRIES_MAX) throw new Error(`${visit.name} did not get to ${instance} in ${tries} tries`)
      await person.page.reload()
      await person.untilConnection('open')
      await person.untilJoined()
    }
    return person
  }

  /** A page that nobody has waited for. A second one of the same context is another tab of the same person. */
  async visit({ name, room }: Visit, context: BrowserContext): Promise<Person> {
    const person = await Person.at(await context.newPage(), name, room)
    await person.page.goto(this.address({ name, room }))
    return person
  }

  address(query: Readonly<Record<string, string>> = {}): string {
    return `${this.frontEnd.url}/?${new URLSearchParams(query)}`
  }

  /** Ends it with this signal, and starts it again where it was. Resolves when it is ready. */
  async restart(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const old = this.instances.get(name)!
    old.signal(signal)
    await old.exited
    await this.startAgain(name)
  }

  /** One that has ended, where it was. */
  async startAgain(name: string): Promise<void> {
    const environment = { ORIGINS: '*', ...this.#options.environment, PORT: String(this.instances.get(name)!.port) }
    this.instances.set(name, await TestInstance.start(name, this.#redisUrl, environment))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.frontEnd[Symbol.asyncDispose]()
    await stopEverything()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

interface RigPrivate {
  readonly options: RigOptions
  readonly redisUrl: string
  readonly folder: string
}
