/** What a measurement needs of the machine, looked for before anything is measured. */

import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../harness/cluster/redis-server.ts'

const PEERS_FOLDER = join(import.meta.dirname, '..', 'peers')
const PEER_MODULES = join(PEERS_FOLDER, 'node_modules')
/** Where Debian's libnginx-mod-nchan puts it. */
export const NCHAN_MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so'

/** Something is missing that the user can install. Exit code 2, without a stack trace. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
}

/** Each gives null where it is there, else what was looked for. */
const LOOK_FOR = {
  cores: () => (process.platform === 'linux' && availableParallelism() >= 2 ? null : 'Linux with two cores or more'),
  taskset: () => onPath('taskset', 'Debian package util-linux'),
  cc: () => onPath('cc', 'Debian packages gcc and libc6-dev'),
  redis: () => onPath('redis-server', 'Debian package redis-server'),
  nchan: () =>
    onPath('nginx', 'Debian package nginx') ??
    (existsSync(NCHAN_MODULE) ? null : `${NCHAN_MODULE} (Debian package libnginx-mod-nchan)`),
  'socket.io': () => inPeers('socket.io'),
  bun: () => (bunProgram() === null ? 'the npm package bun in bench/peers/node_modules' : null),
  ws: () => inPeers('ws'),
  artillery: () => inPeers('artillery'),
} as const satisfies Record<string, () => string | null>

export type Need = keyof typeof LOOK_FOR

/** Throws {@link BenchError} that names everything that is missing. */
export function requireAll(needs: readonly Need[]): void {
  const missing = [...new Set(needs)].map(need => LOOK_FOR[need]()).filter(found => found !== null)
  if (missing.length === 0) return
  const cores = missing.filter(what => what.startsWith('Linux'))
  if (cores.length > 0) throw new BenchError(`The bench needs ${cores[0]}: one for the server, one for the load.`)
  throw new BenchError(`Missing for this measurement: ${missing.join(', ')}.\nRun: npm run setup -- --bench`)
}

/** The program of the npm package `bun`. Its platform package has it; the install script that would link it is not needed. Null: not there. */
export function bunProgram(): string | null {
  const scope = join(PEER_MODULES, '@oven')
  if (!existsSync(scope)) return null
  // The one without a suffix needs AVX2, the one for baseline runs everywhere.
  const packages = readdirSync(scope).filter(name => name.startsWith('bun-linux-') && !name.includes('musl'))
  const [found] = packages.sort((one, other) => one.length - other.length)
  return found === undefined ? null : join(scope, found, 'bin', 'bun')
}

export function peerFile(...path: readonly string[]): string {
  return join(PEERS_FOLDER, ...path)
}

function onPath(program: string, packageName: string): string | null {
  // nginx is in /usr/sbin, which is on root's path only.
  const searchPath = `${process.env.PATH ?? ''}:/usr/sbin`
  return findProgram([program], searchPath) === null ? `${program} (${packageName})` : null
}

function inPeers(name: string): string | null {
  return existsSync(join(PEER_MODULES, name)) ? null : `the npm package ${name} in bench/peers/node_modules`
}
