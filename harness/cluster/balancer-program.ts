/** HAProxy as it is installed on this machine. */

import { execFileSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { IS_PACKAGE } from '../project.ts'
import { ClusterError } from './cluster.ts'
import { findProgram } from './redis-server.ts'

const PROGRAM = 'haproxy'
/** Debian keeps it where only root's PATH leads. */
const SYSTEM_FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/sbin']
/** What the shared configuration was written for and is tested with. */
const VERSION_MIN = [2, 6] as const

const OTHER_WAYS = [
  IS_PACKAGE ? '  apt install haproxy          installs it' : '  npm run setup -- --all       installs it on Debian',
  '  --driver docker              runs it as a container, where a Docker engine answers',
  '  --balancer direct            does without: clients choose an instance themselves',
].join('\n')

/** Absolute path. Throws {@link ClusterError} where it is not installed, or too old. */
export function findBalancer(searchPath = process.env.PATH ?? '', otherFolders = SYSTEM_FOLDERS): string {
  const path = findProgram([PROGRAM], [searchPath, ...otherFolders].join(delimiter))
  if (path === null) {
    throw new ClusterError(`No ${PROGRAM} is on the PATH or in ${otherFolders.join(' or ')}.\n${OTHER_WAYS}`)
  }
  const problem = versionProblem(readVersion(path))
  if (problem !== null) throw new ClusterError(`${path}: ${problem}\n${OTHER_WAYS}`)
  return path
}

/** "2.6.12" from the text of `haproxy -v`; null where that is not one. */
export function versionOf(text: string): string | null {
  return /^HA-?Proxy version (\d+\.\d+(?:\.\d+)?)/im.exec(text)?.[1] ?? null
}

/** Null where it will do. */
export function versionProblem(version: string | null): string | null {
  const expected = `expected version ${VERSION_MIN.join('.')} or later`
  if (version === null) return `${expected}, found none in what \`${PROGRAM} -v\` says.`
  const [major, minor] = version.split('.').map(Number) as [number, number]
  const isEnough = major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1])
  return isEnough ? null : `${expected}, found ${version}.`
}

function readVersion(path: string): string | null {
  try {
    return versionOf(execFileSync(path, ['-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return null
  }
}
