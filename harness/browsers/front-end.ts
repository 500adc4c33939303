/** The built front end, as a process of its own on a port of this machine that nobody else takes. */

import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { thisProcess } from '../cluster/owner.ts'
import { type Ports, reservePorts } from '../cluster/ports.ts'
import { httpGet } from '../http-get.ts'
import { IS_PACKAGE, MODULE_EXTENSION, PROJECT_FOLDER } from '../project.ts'

const HOST = '127.0.0.1'
/** What `npm run build:web` leaves. */
const BUILT_SERVER = join(PROJECT_FOLDER, 'web', '.next', 'standalone', 'web', 'server.js')
/** Some thirty times what it takes. */
const READY_MS_MAX = 45_000
const POLL_MS = 50

export interface FrontEndOptions {
  /** Path of the built server. */
  readonly server: string
  /** Where pages connect: ws://host:port/ws. */
  readonly webSocketUrls: readonly string[]
  /** Where the server writes what it has to say. */
  readonly logPath: string
}

/** The path of the built server; `TUESDAY_FRONT_END` names another one. Throws, with what to do, where there is none. */
export function findFrontEnd(given = process.env.TUESDAY_FRONT_END): string {
  const server = given ?? BUILT_SERVER
  if (existsSync(server)) return server
  const what = given === undefined ? `a built front end at ${server}` : `the server at TUESDAY_FRONT_END, ${server}`
  const todo = IS_PACKAGE
    ? 'the npm package has none; run it in the repository'
    : given === undefined
      ? '"npm run build:web" builds it'
      : 'leave the variable out, and the one in web/ is used'
  throw new Error(`expected ${what}, found none; ${todo}`)
}

export class FrontEnd implements AsyncDisposable {
  /** `http://host:port` */
  readonly url: string
  readonly #ports: Ports
  readonly #child: ChildProcess

  private constructor(ports: Ports, child: ChildProcess) {
    this.url = `http://${HOST}:${ports.ports[0]}`
    this.#ports = ports
    this.#child = child
  }

  /** Resolves when it answers. */
  static async start({ server, webSocketUrls, logPath }: FrontEndOptions): Promise<FrontEnd> {
    const ports = await reservePorts(thisProcess(), 1)
    const log = openSync(logPath, 'a')
    const child = fork(join(import.meta.dirname, `front-end-process${MODULE_EXTENSION}`), [server], {
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        HOSTNAME: HOST,
        PORT: String(ports.ports[0]),
        TUESDAY_WS_URLS: webSocketUrls.join(','),
        TUESDAY_GUESTS: 'allow',
      },
    })
    closeSync(log)
    const frontEnd = new FrontEnd(ports, child)
    await frontEnd.#untilReady(logPath)
    return frontEnd
  }

  async #untilReady(logPath: string): Promise<void> {
    const deadlineMs = performance.now() + READY_MS_MAX
    const question = { host: HOST, port: this.#ports.ports[0]!, path: '/', msMax: READY_MS_MAX }
    while ((await httpGet(question))?.status !== 200) {
      const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null
      if (!hasEnded && performance.now() < deadlineMs) {
        await sleep(POLL_MS)
        continue
      }
      await this[Symbol.asyncDispose]()
      throw new Error(`the front end ${hasEnded ? 'ended at its start' : 'did not answer in time'}; see ${logPath}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _ = { [Symbol.dispose]: () => this.#ports.release() }
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}
