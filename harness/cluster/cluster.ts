/**
 * A cluster of service instances around one Redis, in narrow roles, so that a fault asks for no more than it uses. Drivers:
 * `process-cluster.ts` (child processes) and `docker-cluster.ts` (containers). Whoever starts a cluster disposes of it with `await using`.
 */

export type DriverName = 'process' | 'docker'

/** How an instance ended. Times are `performance.now()` of the harness. */
export interface InstanceExit {
  readonly code: number | null
  readonly signal: string | null
  readonly atMs: number
}

export interface InstanceAddress {
  /** chat-1, chat-2 … */
  readonly name: string
  /** Both on 127.0.0.1, and the same again after a restart. */
  readonly port: number
  readonly metricsPort: number
}

export interface Lifecycle {
  /** Starts a stopped instance on its old ports. Resolves once `/readyz` answers 200; throws {@link ClusterError} if it never does. */
  start(name: string): Promise<void>
  isRunning(name: string): boolean
}

export interface Signals {
  /** Sends a signal to the instance's process. Resolves when it is sent, not when it has worked. */
  signal(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /**
   * Resolves with the way the instance's present life ends, as seen by the operating system or the engine. Ask before sending the
   * signal. Rejects after `timeoutMs`.
   */
  exited(name: string, timeoutMs: number): Promise<InstanceExit>
}

export interface Cluster extends Lifecycle, Signals, AsyncDisposable {
  readonly driver: DriverName
  readonly instances: readonly InstanceAddress[]
  /** Version that the Redis server tells, such as "7.0.15". */
  readonly redisVersion: string
  /** Everything of this run that is not as it should be while all instances should be up: one line each, empty when clean. */
  residue(): Promise<string[]>
}

export interface ClusterOptions {
  readonly runId: string
  /** Absolute path of the run's folder; logs go to `<folder>/logs/<instance>.log`. */
  readonly folder: string
  readonly instances: number
  readonly appendFsync: 'always' | 'everysec' | 'no'
  readonly environment: Readonly<Record<string, string>>
  /** Use this server and start none. */
  readonly redisUrl: string | null
  /** Absolute path of the service's source folder. */
  readonly serviceFolder: string
  /** Told to the user while things start. */
  readonly onProgress: (line: string) => void
}

/** The environment is not as needed: exit 2 with this message, no stack trace. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
}
