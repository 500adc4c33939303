/** An instance as a child process. */

import { join } from 'node:path'
import { type Child, inheritedEnvironment, spawnChild } from './child.ts'
import { ClusterError, type ClusterOptions, type CpuStressed, type InstanceAddress } from './cluster.ts'
import { stressByCompetition } from './cpu-stress.ts'
import { type Instance, instanceEnvironment } from './instance.ts'
import { logPath } from './instance-log.ts'
import type { Life } from './life.ts'
import { isPortFree } from './ports.ts'
import { isStopped } from './process-state.ts'
import type { RunRecord } from './run-record.ts'
import { SOURCE_ENTRY, serviceEntry } from './service-entry.ts'

/** With what the service is started, as in the image and by `npm start`. */
export const SERVICE_ARGUMENTS = ['--max-semi-space-size=2']

export class ProcessInstance implements Instance {
  readonly address: InstanceAddress
  readonly logPath: string
  readonly #redisUrl: string
  readonly #options: ClusterOptions
  readonly #record: RunRecord
  #child: Child | null = null
  #busy: Child[] = []
  #isRemoved = false

  constructor(address: InstanceAddress, redisUrl: string, options: ClusterOptions, record: RunRecord) {
    this.address = address
    this.logPath = logPath(options.folder, address.name)
    this.#redisUrl = redisUrl
    this.#options = options
    this.#record = record
  }

  get life(): Life | null {
    return this.#child?.life ?? null
  }

  async launch(): Promise<void> {
    const { name, directPort: port, metricsPort } = this.address
    // Somebody else's server on the port would otherwise answer /readyz in the instance's place.
    for (const taken of [port, metricsPort]) {
      if (!(await isPortFree(taken))) throw new ClusterError(`Port ${taken} of ${name} is taken by another process.`)
    }
    // Nothing may be spawned behind the back of a clearing away that came meanwhile.
    if (this.#isRemoved) throw new Error(`${name} is not started, as its cluster is being cleared away.`)
    const { serviceFolder } = this.#options
    const settings = { name, host: '127.0.0.1', port, metricsPort, redisUrl: this.#redisUrl }
    const command = {
      name,
      command: process.execPath,
      arguments: [...SERVICE_ARGUMENTS, join(serviceFolder, serviceEntry(serviceFolder) ?? SOURCE_ENTRY)],
      folder: serviceFolder,
      environment: { ...inheritedEnvironment(), ...instanceEnvironment(settings, this.#options) },
      logPath: this.logPath,
    }
    this.#child = spawnChild(command, this.#record)
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#startedChild().kill(signal)
  }

  async pause(): Promise<void> {
    this.#startedChild().kill('SIGSTOP')
  }

  async resume(): Promise<void> {
    this.#startedChild().kill('SIGCONT')
  }

  async isPaused(): Promise<boolean> {
    const child = this.#child
    return child !== null && child.pid !== null && child.life.isRunning && isStopped(child.pid)
  }

  async stressCpu(share: number): Promise<CpuStressed> {
    if (this.#isRemoved) throw new Error(`${this.address.name} gets no stress, as its cluster is being cleared away.`)
    return stressByCompetition(this.address.name, share, command => {
      const child = spawnChild(command, this.#record)
      this.#busy.push(child)
      return child
    })
  }

  async stressResidue(): Promise<string | null> {
    this.#busy = this.#busy.filter(({ life }) => life.isRunning)
    const { length } = this.#busy
    return length === 0 ? null : `${length} busy processes still run beside ${this.address.name}.`
  }

  /** A child writes into the file itself. */
  async logWritten(): Promise<void> {}

  async remove(): Promise<void> {
    this.#isRemoved = true
    await Promise.all([this.#child, ...this.#busy].map(child => child?.remove()))
  }

  #startedChild(): Child {
    if (this.#child === null) throw new Error(`${this.address.name} was never started.`)
    return this.#child
  }
}
