/**
 * Pages of the front end as a target: one server of the front end, one Chromium, and a context of its own for each client, as if each had a machine
 * of its own.
 */

import { type Browser, chromium } from 'playwright-core'
import { WEBSOCKET_PATH } from '../../service/protocol.ts'
import { RoomNames } from '../targets/room-names.ts'
import type { Target, TargetAddress, TargetClient, TargetListener } from '../targets/target.ts'
import { CHROMIUM_ARGUMENTS } from './chromium.ts'
import { FrontEnd } from './front-end.ts'
import { PageClient } from './page-client.ts'

export interface PageTargetOptions {
  readonly addresses: readonly TargetAddress[]
  /** What each of the plan's instances calls itself in `welcome`, by index. Needed behind a balancer. */
  readonly welcomeNames: readonly string[]
  /** Put before every room's name. */
  readonly roomPrefix: string
  /** Path of Chromium's program. */
  readonly chromium: string
  /** Path of the built front end's server. */
  readonly frontEnd: string
  readonly logPath: string
  readonly onFailure: (error: unknown) => void
}

/** Logs are not read by pages. */
export class PageTarget implements Pick<Target, 'createClient' | 'useAddresses'>, AsyncDisposable {
  readonly #options: PageTargetOptions
  readonly #rooms: RoomNames
  readonly #frontEnd: FrontEnd
  readonly #browser: Browser

  private constructor(options: PageTargetOptions, frontEnd: FrontEnd, browser: Browser) {
    this.#options = options
    this.#rooms = new RoomNames(options.roomPrefix)
    this.#frontEnd = frontEnd
    this.#browser = browser
  }

  static async open(options: PageTargetOptions): Promise<PageTarget> {
    const { addresses, frontEnd: server, logPath } = options
    const webSocketUrls = [...new Set(addresses.map(webSocketUrlOf))]
    const [frontEnd, browser] = await Promise.all([
      FrontEnd.start({ server, webSocketUrls, logPath }),
      chromium.launch({ executablePath: options.chromium, args: CHROMIUM_ARGUMENTS }),
    ])
    return new PageTarget(options, frontEnd, browser)
  }

  /** The page chooses its instance by itself, also the first one. */
  createClient(name: string, _instance: number, listener: TargetListener): TargetClient {
    return new PageClient({
      browser: this.#browser,
      frontEndUrl: this.#frontEnd.url,
      name,
      wireRoom: room => this.#rooms.onWire(room),
      reading: {
        listener,
        instanceAt: url => this.#instanceAt(url),
        instanceNamed: welcome => this.#instanceNamed(welcome),
      },
      onFailure: this.#options.onFailure,
    })
  }

  /** Pages know the addresses that there were when they were opened. */
  useAddresses(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await this.#frontEnd[Symbol.asyncDispose]()
  }

  #instanceAt(url: string): number | null {
    const { host } = new URL(url)
    const address = this.#options.addresses.find(address => `${address.host}:${address.port}` === host)
    if (address === undefined) throw new Error(`a page connects to ${url}, which is none of the run's addresses`)
    return address.isBalancer ? null : address.instance
  }

  #instanceNamed(name: string): number {
    const instance = this.#options.welcomeNames.indexOf(name)
    if (instance === -1) throw new Error(`welcome names the instance "${name}", which is none of the run's`)
    return instance
  }
}

function webSocketUrlOf({ host, port }: TargetAddress): string {
  return `ws://${host}:${port}${WEBSOCKET_PATH}`
}
