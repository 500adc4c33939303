/**
 * One measurement's processes: everything is started on its core, recorded, and killed at the end by its own pid. A bench that was killed
 * itself leaves its record, and the next one clears away.
 */

import { mkdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, inheritedEnvironment, spawnChild } from '../../harness/cluster/child.ts'
import { describeLog, logPath } from '../../harness/cluster/instance-log.ts'
import { thisProcess } from '../../harness/cluster/owner.ts'
import { reservePorts } from '../../harness/cluster/ports.ts'
import { openRunRecord, type RunRecord } from '../../harness/cluster/run-record.ts'
import { LOAD_CORE } from './cores.ts'
import { BenchError } from './needs.ts'

/** More than any measurement needs at once. */
const PORTS = 24
/** Artillery alone takes longer, and is not waited for here. */
const LISTENING_MS_MAX = 20_000
const LISTENING_POLL_MS = 20

interface Started {
  readonly name: string
  readonly pid: number
  readonly child: Child
  readonly logPath: string
}

interface StartOptions {
  /** For the log's name and for messages. */
  readonly name: string
  readonly core: number
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Waited for until somebody listens there. */
  readonly port?: number
}

export class Rig implements AsyncDisposable {
  readonly folder: string
  readonly abort: AbortSignal
  readonly record: RunRecord
  readonly #things: AsyncDisposableStack
  readonly #ports: readonly number[]
  #portsTaken = 0

  private constructor(
    folder: string,
    abort: AbortSignal,
    record: RunRecord,
    ports: readonly number[],
    things: AsyncDisposableStack,
  ) {
    this.folder = folder
    this.abort = abort
    this.record = record
    this.#ports = ports
    this.#things = things
  }

  /** `folder` gets the logs and is emptied first. Throws the reason of `abort`. */
  static async open(folder: string, abort: AbortSignal): Promise<Rig> {
    abort.throwIfAborted()
    await using things = new AsyncDisposableStack()
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(folder, 'logs'), { recursive: true })
    const owner = thisProcess()
    const record = openRunRecord(`bench-${owner.pid}-${Math.round(performance.now() * 1000)}`, owner)
    things.defer(() => record.close())
    const { ports, release } = await reservePorts(owner, PORTS)
    things.defer(release)
    return new Rig(folder, abort, record, ports, things.move())
  }

  /** A port that nobody has got from this rig before. */
  port(): number {
    const port = this.#ports[this.#portsTaken++]
    if (port === undefined) throw new Error(`a measurement takes more than ${PORTS} ports`)
    return port
  }

  /** Kept until the rig is disposed of. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing {
    return this.#things.use(thing)
  }

  /** Throws {@link BenchError} with the end of its log where it does not listen in time. */
  async start({ name, core, command, environment = {}, port }: StartOptions): Promise<Started> {
    this.abort.throwIfAborted()
    const log = logPath(this.folder, name)
    const child = spawnChild(
      {
        name,
        command: 'taskset',
        arguments: ['-c', String(core), ...command],
        folder: this.folder,
        environment: { ...inheritedEnvironment(), ...environment },
        logPath: log,
      },
      this.record,
    )
    this.#things.defer(() => child.remove())
    if (child.pid === null) throw new BenchError(`${name} could not be started: ${command[0]}`)
    if (port !== undefined) await this.#listening(name, port, child, log)
    return { name, pid: child.pid, child, logPath: log }
  }

  /** A Redis of its own on the load's core, without persistence. Its URL. */
  async startRedis(): Promise<string> {
    const port = this.port()
    await this.start({
      name: 'redis',
      core: LOAD_CORE,
      command: ['redis-server', '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
      port,
    })
    return `redis://127.0.0.1:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#things[Symbol.asyncDispose]()
  }

  async #listening(name: string, port: number, child: Child, log: string): Promise<void> {
    const deadlineMs = performance.now() + LISTENING_MS_MAX
    while (performance.now() < deadlineMs && child.life.isRunning) {
      if (await isListening(port)) return
      await sleep(LISTENING_POLL_MS, undefined, { signal: this.abort })
    }
    const why = child.life.isRunning ? `did not listen within ${LISTENING_MS_MAX / 1000} s` : 'ended at once'
    throw new BenchError(`${name} ${why}. ${describeLog(log)}`)
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.on('connect', () => socket.destroy())
  })
}
