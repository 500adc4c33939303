/** What was measured on and with: for the head of RESULTS.md, since a number without its machine says nothing. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { bunProgram, peerFile } from './rig/needs.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')

/** Lines of "what: which". What cannot be told is "unknown". */
export function describeMachine(): string[] {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    `machine: ${cpus().length} cores, ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `Redis ${ask('redis-server', ['--version']).match(/v=(\S+)/)?.[1] ?? 'unknown'}`,
    `naive: fastify ${versionOf(PROJECT_FOLDER, 'fastify')}, @fastify/websocket ${versionOf(PROJECT_FOLDER, '@fastify/websocket')}, ioredis ${versionOf(PROJECT_FOLDER, 'ioredis')}`,
    `Socket.IO ${versionOf(peerFile(), 'socket.io')}, @socket.io/redis-adapter ${versionOf(peerFile(), '@socket.io/redis-adapter')}`,
    `Bun ${bunVersion()}`,
    `nchan: ${ask('dpkg-query', ['-W', 'libnginx-mod-nchan']).trim().replace('\t', ' ')}, ${ask('/usr/sbin/nginx', ['-v']).trim()}`,
    `ws ${versionOf(peerFile(), 'ws')}, Artillery ${versionOf(peerFile(), 'artillery')}`,
    ask('cc', ['--version']).split('\n')[0]!,
  ]
}

/** Such as "1effb60", with "-dirty" where files differ from it; null where git cannot tell. */
export function revision(): string | null {
  const hash = ask('git', ['-C', PROJECT_FOLDER, 'rev-parse', '--short', 'HEAD']).trim()
  if (!/^[0-9a-f]{7,}$/.test(hash)) return null
  const isClean = ask('git', ['-C', PROJECT_FOLDER, 'status', '--porcelain']).trim() === ''
  return isClean ? hash : `${hash}-dirty`
}

function bunVersion(): string {
  const program = bunProgram()
  return program === null ? 'unknown' : ask(program, ['--version']).trim()
}

function versionOf(folder: string, name: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
      .version
  } catch {
    return 'unknown'
  }
}

/** Both outputs of a program: nginx tells its version on the one for errors. */
function ask(program: string, words: readonly string[]): string {
  try {
    return execFileSync('sh', ['-c', '"$0" "$@" 2>&1', program, ...words], { encoding: 'utf8' })
  } catch {
    return 'unknown'
  }
}
