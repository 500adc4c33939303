/** An instance as a container that belongs to somebody else: it is ended, paused and started again, never made or removed. */

import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError, type CpuStressed, type InstanceAddress } from './cluster.ts'
import { addressesOf } from './compose-addresses.ts'
import type { Change, StackJournal, Undo } from './compose-journal.ts'
import { answered, type Inspected, type StackReplica } from './compose-stack.ts'
import { CpuQuota, type ProcessorLimits, processorLimitsOf } from './cpu-quota.ts'
import { followLog, LOG_WRITTEN_WITHIN_MS, watchEnd } from './docker-container.ts'
import { type Container, type Engine, engineMessage, engineStatus } from './docker-engine.ts'
import { type Instance, isReady } from './instance.ts'
import { logPath } from './instance-log.ts'
import { Life } from './life.ts'

/** What the image says unless the stack is configured otherwise. */
const CHAT_PORT = 8080
const METRICS_PORT = 9090

export interface AdoptedRun {
  readonly engine: Engine
  readonly journal: StackJournal
  /** Absolute path of the run's folder. */
  readonly folder: string
  /** Aborted when the stack is let go: nobody looks at it or starts anything in it from then on. */
  readonly over: AbortSignal
}

/** Ports within the container. */
export function portsOf({ environment }: StackReplica): { readonly port: number; readonly metricsPort: number } {
  return { port: Number(environment.PORT || CHAT_PORT), metricsPort: Number(environment.METRICS_PORT || METRICS_PORT) }
}

export class AdoptedInstance implements Instance {
  readonly name: string
  readonly address: InstanceAddress
  readonly logPath: string
  readonly container: Container
  readonly #run: AdoptedRun
  readonly #containerName: string
  readonly #network: string
  readonly #limits: ProcessorLimits
  readonly #quota: CpuQuota
  #host: string
  /** Its present or last life. */
  #startedAt: string
  #life: Life
  #logWritten: Promise<void> = Promise.resolve()

  /** `network`: of its networks, the one in which it is reached from here. */
  private constructor(replica: StackReplica, network: string, run: AdoptedRun) {
    const { inspected } = replica
    this.name = replica.name
    this.#containerName = replica.containerName
    this.#network = network
    this.#run = run
    this.#host = hostIn(inspected, network)
    this.#startedAt = inspected.State.StartedAt
    this.logPath = logPath(run.folder, replica.name)
    this.container = run.engine.getContainer(inspected.Id)
    this.#limits = processorLimitsOf(inspected.HostConfig)
    this.#quota = new CpuQuota(this, () => isReady(this.address), this.#limits)
    const { port, metricsPort } = portsOf(replica)
    const hostNow = () => this.#host
    // The engine gives a container that is started whichever address is free.
    this.address = {
      name: replica.name,
      get host() {
        return hostNow()
      },
      port,
      directPort: port,
      metricsPort,
      welcomeName: replica.welcomeName,
    }
    this.#life = new Life(replica.name)
  }

  /** Its output is in its log from now on, and its end is seen. */
  static async adopt(replica: StackReplica, network: string, run: AdoptedRun): Promise<AdoptedInstance> {
    const instance = new AdoptedInstance(replica, network, run)
    await instance.#follow()
    watchEnd(instance.container, instance.#life, run.over)
    return instance
  }

  get life(): Life {
    return this.#life
  }

  /** A restart policy, or somebody else, may have been quicker: then it runs already. */
  async launch(): Promise<void> {
    this.#run.over.throwIfAborted()
    try {
      await this.#follow()
      await startIfEnded(this.container)
      const started = await answered(this.container.inspect())
      this.#host = hostIn(started, this.#network)
      this.#startedAt = started.State.StartedAt
    } catch (error) {
      throw new ClusterError(`The container ${this.#containerName} could not be started: ${engineMessage(error)}`)
    }
    this.#life = new Life(this.name)
    watchEnd(this.container, this.#life, this.#run.over)
    this.#undone('start')
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#changing('start', { startedAt: this.#startedAt })
    await this.tell(`gets no ${signal}`, container => container.kill({ signal }))
  }

  async pause(): Promise<void> {
    this.#changing('resume')
    await this.tell('cannot be paused', container => container.pause())
  }

  async resume(): Promise<void> {
    await this.tell('cannot be resumed', container => container.unpause())
    this.#undone('resume')
  }

  async isPaused(): Promise<boolean> {
    if (!this.#life.isRunning) return false
    return this.tell('cannot be asked about', async container => (await container.inspect()).State.Paused)
  }

  async stressCpu(share: number): Promise<CpuStressed> {
    this.#changing('limits', { limits: this.#limits })
    const stressed = await this.#quota.limit(share)
    const undo = async () => {
      await stressed.undo()
      if (!this.#quota.isLimited) this.#undone('limits')
    }
    return { ...stressed, undo }
  }

  stressResidue(): Promise<string | null> {
    return this.#quota.residue()
  }

  async logWritten(): Promise<void> {
    await Promise.race([this.#logWritten, sleep(LOG_WRITTEN_WITHIN_MS, undefined, { ref: false })])
  }

  /** Asks the engine for something; `failure` begins what is said where it refuses. */
  async tell<T>(failure: string, ask: (container: Container) => Promise<T>): Promise<T> {
    try {
      return await answered(ask(this.container))
    } catch (error) {
      throw new Error(`${this.name} ${failure}: ${engineMessage(error)}`)
    }
  }

  async #follow(): Promise<void> {
    const { engine, over } = this.#run
    this.#logWritten = (await answered(followLog(engine, this.container, this.logPath, over))).written
  }

  #changing(undo: Undo, more: Partial<Change> = {}): void {
    this.#run.journal.changing({ container: this.container.id, name: this.#containerName, undo, ...more })
  }

  #undone(undo: Undo): void {
    this.#run.journal.undone({ container: this.container.id, undo })
  }
}

/** Throws {@link ClusterError} where it has none, as of the machine's own network. */
function hostIn(container: Inspected, network: string): string {
  const address = addressesOf(container).find(candidate => candidate.network === network)
  if (address !== undefined) return address.host
  throw new ClusterError(`${container.Name.replace(/^\//, '')} has no address in the network ${network}.`)
}

/** Also where it runs already. */
export async function startIfEnded(container: Container): Promise<void> {
  try {
    await answered(container.start())
  } catch (error) {
    // 304: it runs.
    if (engineStatus(error) !== 304) throw error
  }
}
