/** Test support: both drivers with a stub of the service, and plain questions to its instances. */

import { get } from 'node:http'
import type { Cluster, ClusterOptions, DriverName } from './cluster.ts'
import { startDockerCluster } from './docker-cluster.ts'
import { type Engine, findEngine } from './docker-engine.ts'
import { startProcessCluster } from './process-cluster.ts'
import { makeStubService, type StubService } from './stub-service.ts'

export const DRIVERS: readonly DriverName[] = ['process', 'docker']

export class TestDrivers implements Disposable {
  readonly stub: StubService = makeStubService()
  readonly engine: Engine

  private constructor(engine: Engine) {
    this.engine = engine
  }

  static async prepare(): Promise<TestDrivers> {
    const answer = await findEngine()
    if (answer.engine === null) throw new Error(`These tests need a Docker engine: ${answer.problem}`)
    return new TestDrivers(answer.engine)
  }

  start(driver: DriverName, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
    return this.startWith(driver, this.stub.options(options))
  }

  startWith(driver: DriverName, options: ClusterOptions): Promise<Cluster> {
    return driver === 'process'
      ? startProcessCluster(options)
      : startDockerCluster(this.engine, this.stub.projectFolder, options)
  }

  [Symbol.dispose](): void {
    this.stub[Symbol.dispose]()
  }
}

/** What an instance answers on a connection of its own, else the error's code; "nothing" after `withinMs`. */
export function ask(port: number, path: string, withinMs = 10_000): Promise<string> {
  return new Promise(resolve => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, response => {
      response.setEncoding('utf8').on('data', text => resolve(text.trim()))
    })
    request.setTimeout(withinMs, () => {
      resolve('nothing')
      request.destroy()
    })
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}
