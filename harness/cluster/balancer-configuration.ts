/**
 * The configuration of a run's balancer: the file that ships, `stack/haproxy/haproxy.cfg`, whose variables are set here, and a second one with
 * the run's instances.
 */

import { join } from 'node:path'
import { PROJECT_FOLDER } from '../project.ts'

/** Everything but the instances. Also in the npm package. */
export const BALANCER_FILE = join(PROJECT_FOLDER, 'stack', 'haproxy', 'haproxy.cfg')

/** An instance, as the balancer reaches it. */
export interface BalancedServer {
  /** chat-1, chat-2 … */
  readonly name: string
  readonly host: string
  readonly port: number
}

export interface BalancerSettings {
  /** Address to listen on. */
  readonly host: string
  /** Where clients connect. */
  readonly port: number
  readonly metricsPort: number
  /** Connections of clients at one time; who comes beyond that waits. */
  readonly connectionsMax: number
}

/** The engine's own name server, at the same address in every network that is not the default one. */
const ENGINE_RESOLVER = [
  'resolvers engine',
  '  nameserver engine 127.0.0.11:53',
  '  # A container that is started again may have another address.',
  '  hold valid 500ms',
  '',
]

/**
 * The second file: a backend `chat` with all instances of the run, those that are started later too; their health decides. `by`: servers are told
 * by address, or by names that only the engine knows, and only while their containers run.
 */
export function serversConfiguration(servers: readonly BalancedServer[], by: 'address' | 'name'): string {
  const byName = by === 'name' ? ' resolvers engine resolve-prefer ipv4 init-addr libc,none' : ''
  return [
    '# The instances of this run. Everything else is in stack/haproxy/haproxy.cfg.',
    ...(by === 'name' ? ENGINE_RESOLVER : []),
    'backend chat',
    ...servers.map(({ name, host, port }) => `  server ${name} ${host}:${port}${byName}`),
    '',
  ].join('\n')
}

/** The variables of {@link BALANCER_FILE}. */
export function balancerEnvironment(settings: BalancerSettings): Record<string, string> {
  const { host, port, metricsPort, connectionsMax } = settings
  return {
    BALANCER_HOST: host,
    BALANCER_PORT: String(port),
    BALANCER_METRICS_PORT: String(metricsPort),
    BALANCER_CONNECTIONS_MAX: String(connectionsMax),
  }
}
