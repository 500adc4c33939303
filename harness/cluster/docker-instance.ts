/** An instance as a container. */

import type { CpuStressed, InstanceAddress } from './cluster.ts'
import { CpuQuota } from './cpu-quota.ts'
import { containerOptions, type DockerRun, RunContainer } from './docker-container.ts'
import type { ContainerCreateOptions } from './docker-engine.ts'
import { type Instance, instanceEnvironment, isReady } from './instance.ts'

/** Ports within a container; outside each instance has its own. */
export const CHAT_PORT = 8080
const METRICS_PORT = 9090

export class ContainerInstance extends RunContainer implements Instance {
  readonly address: InstanceAddress
  readonly #quota = new CpuQuota(this, () => isReady(this.address))

  constructor(address: InstanceAddress, image: string, redisUrl: string, run: DockerRun) {
    super(address.name, createOptions(address, image, redisUrl, run), run)
    this.address = address
  }

  async pause(): Promise<void> {
    await this.tell('cannot be paused', container => container.pause())
  }

  async resume(): Promise<void> {
    await this.tell('cannot be resumed', container => container.unpause())
  }

  async isPaused(): Promise<boolean> {
    if (!this.life?.isRunning) return false
    return this.tell('cannot be asked about', async container => (await container.inspect()).State.Paused)
  }

  stressCpu(share: number): Promise<CpuStressed> {
    return this.#quota.limit(share)
  }

  stressResidue(): Promise<string | null> {
    return this.#quota.residue()
  }
}

function createOptions(
  address: InstanceAddress,
  image: string,
  redisUrl: string,
  run: DockerRun,
): ContainerCreateOptions {
  const { name, directPort, metricsPort } = address
  const settings = { name, host: '0.0.0.0', port: CHAT_PORT, metricsPort: METRICS_PORT, redisUrl }
  const environment = Object.entries(instanceEnvironment(settings, run.options))
  const options: ContainerCreateOptions = {
    Image: image,
    Env: environment.map(([variable, value]) => `${variable}=${value}`),
    // The harness asks /readyz itself; the image's own check would start a process in every container again and again.
    Healthcheck: { Test: ['NONE'] },
  }
  return containerOptions(run, name, options, { [CHAT_PORT]: directPort, [METRICS_PORT]: metricsPort })
}
