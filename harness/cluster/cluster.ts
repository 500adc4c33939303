/**
 * A cluster of service instances around one Redis, in narrow roles, so that a fault asks for no more than it uses. Drivers:
 * `process-cluster.ts` (child processes), `docker-cluster.ts` (containers) and `compose-cluster.ts` (a stack that is there already). Whoever starts a cluster disposes of it with `await using`.
 */

import type { TcpProxy } from '../proxy/tcp-proxy.ts'

/** Those that start a cluster of their own. */
export type OwnDriverName = 'process' | 'docker'
/** `compose` adopts a stack that somebody else has brought up. */
export type DriverName = OwnDriverName | 'compose'

/** How an instance ended. Times are `performance.now()` of the harness. */
export interface InstanceExit {
  readonly code: number | null
  readonly signal: string | null
  readonly atMs: number
}

export interface InstanceAddress {
  /** chat-1, chat-2 … */
  readonly name: string
  /**
   * 127.0.0.1, where all ports are the same again after a restart. A container that was adopted has an address of its own, and may have
   * another one after each start: ask anew.
   */
  readonly host: string
  /** Where clients connect, or the balancer does. */
  readonly port: number
  /** The instance's own port: `port`, unless that is a proxy's. */
  readonly directPort: number
  readonly metricsPort: number
  /** What the instance calls itself in `welcome`, by which connections through a balancer are told apart. Default: `name`. */
  readonly welcomeName?: string
}

/** Where clients connect, whatever the instance. */
export interface BalancerAddress {
  /** Of the program: haproxy. */
  readonly name: string
  /** Such as "2.6.12". */
  readonly version: string
  readonly host: string
  readonly port: number
  /** Its endpoint for Prometheus, `/metrics`. */
  readonly metricsPort: number
  /** Where that is. Default: `host`. */
  readonly metricsHost?: string
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
  /**
   * Stops the instance's process where it stands (SIGSTOP, or the engine's freezer), without its noticing. Its sockets stay open. Resolves
   * when the system tells that it stands. SIGKILL works on a paused instance; SIGTERM waits in a process, and wakes a container.
   */
  pause(name: string): Promise<void>
  /** Lets a paused instance go on. Resolves when the system tells that it does. */
  resume(name: string): Promise<void>
  /** As the operating system or the engine sees it now. False where the instance is not running. */
  isPaused(name: string): Promise<boolean>
}

/** Links that run through a proxy, and can be broken there. */
export interface Links {
  /** Between the clients, which are the proxy's clients, and the instance, its target. Throws where this link has no proxy. */
  clientLink(name: string): TcpProxy
  /** Between the instance, which is the proxy's client, and Redis, its target. Throws where this link has no proxy. */
  redisLink(name: string): TcpProxy
}

/** Not for a server that was given by `--redis-url`: there {@link ClusterError} is thrown. */
export interface RedisControl {
  /** As the harness reaches it, directly. It may hold a password. */
  readonly redisUrl: string
  /** Resolves when Redis has ended. */
  stopRedis(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts the stopped Redis at its old address, with its data or without. Resolves when it answers. */
  startRedis(data: 'kept' | 'lost'): Promise<void>
}

export interface CpuStressed {
  /** What was seen of it. */
  readonly evidence: string
  /** May be called again. */
  undo(): Promise<void>
}

export interface CpuStress {
  /**
   * Leaves the instance no more than this share of one CPU, above 0 and below 1. Containers get a quota. Processes cannot be given one
   * without privileges: there busy processes compete with it, and with everybody else on the machine, so it is a share of what it
   * wants while the machine is busy. Stresses of one instance add up in their own way: the smallest quota, or all the busy
   * processes. Throws where no effect is seen.
   */
  stressCpu(name: string, options: { readonly share: number }): Promise<CpuStressed>
}

export interface Cluster extends Lifecycle, Signals, Links, RedisControl, CpuStress, AsyncDisposable {
  readonly driver: DriverName
  /** All of them, those that were not started at first too. */
  readonly instances: readonly InstanceAddress[]
  /** Null: clients choose an instance themselves. */
  readonly balancer: BalancerAddress | null
  /** Version that the Redis server tells, such as "7.0.15". */
  readonly redisVersion: string
  /**
   * Everything of this run that is not as it should be: one line each, empty when clean. Of instances by name only those are expected to be
   * ready that are told; all unless told.
   */
  residue(expectedUp?: readonly string[]): Promise<string[]>
}

export interface ProxiedLinks {
  /** Between clients and instances; with a balancer, between that and the instances. */
  readonly clients: boolean
  /** Between instances and Redis. */
  readonly redis: boolean
}

export interface BalancerOptions {
  /** Connections of clients that it takes at one time. */
  readonly connectionsMax: number
}

export interface ClusterOptions {
  readonly runId: string
  /** Absolute path of the run's folder; logs go to `<folder>/logs/<instance>.log`. */
  readonly folder: string
  /** All of them; each has its address from the beginning. */
  readonly instances: number
  /** The first so many are started, the others by `start(name)`. All unless given. */
  readonly instancesAtStart?: number
  /** Which links run through a proxy. None unless given. */
  readonly links?: ProxiedLinks
  /** Puts a balancer in front of the instances. None unless given. */
  readonly balancer?: BalancerOptions | null
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
