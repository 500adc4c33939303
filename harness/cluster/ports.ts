/**
 * Ports of a run: a block that no other run takes, below the ephemeral range, so that a restarted instance gets its old port back. (A
 * client's own automatic port could otherwise sit on it, or connect to itself.)
 *
 * A block's reservation is a folder `ports-<first>` in the state folder that holds one empty file named after the owner. It appears whole, by
 * rename; renaming onto a folder that is not empty fails, so one owner wins. A dead owner's block is taken over by renaming the file to
 * the new owner's name, which again only one can do.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ClusterError } from './cluster.ts'
import { formatOwner, isOwnerGone, type Owner, parseOwner } from './owner.ts'
import { stateFolder, uniqueSuffix } from './state-folder.ts'

/** Above what services of a developer's machine usually listen on. */
export const FIRST_PORT = 20_000
/** Linux takes ephemeral ports from 32768 upwards unless told otherwise, other systems from 49152. */
export const PORTS_END = 32_000
/**
 * One for Redis, two for a balancer, up to four for each instance (`port-layout.ts`), and room for those that somebody else listens on. The largest cluster
 * that a scenario may ask for has to fit, which a test sees to.
 */
export const BLOCK_PORTS = 300
const BLOCK_PREFIX = 'ports-'

export interface Ports {
  /** Free ports, ascending, as many as were asked for. */
  readonly ports: readonly number[]
  /** Gives the block back. May be called twice. */
  release(): void
}

/**
 * Reserves `count` ports that nobody listens on. Throws {@link ClusterError} where there are none, or where `count` is more than a block
 * has. What somebody starts to listen on later is not prevented.
 */
export async function reservePorts(owner: Owner, count: number): Promise<Ports> {
  if (count > BLOCK_PORTS) throw new ClusterError(`A run can have ${BLOCK_PORTS} ports, and ${count} are needed.`)
  const end = portsEnd(ephemeralRange())
  const folder = stateFolder()
  for (const first of blockStarts(end)) {
    const path = join(folder, `${BLOCK_PREFIX}${first}`)
    if (!claimBlock(path, owner)) continue
    const ports = await freePorts(first, count)
    if (ports.length === count) return { ports, release: () => releaseBlock(path, owner) }
    releaseBlock(path, owner)
  }
  throw new ClusterError(
    `No ${count} free ports were found between ${FIRST_PORT} and ${end} outside the blocks of other runs. ` +
      `End other runs, or let the ephemeral range (net.ipv4.ip_local_port_range) begin higher.`,
  )
}

/** Exclusive end of the ports that may be used, given the text of ip_local_port_range, null where the system has none. */
export function portsEnd(range: string | null): number {
  const ephemeralFirst = Number(range?.trim().split(/\s+/)[0])
  return Number.isSafeInteger(ephemeralFirst) && range !== null ? Math.min(PORTS_END, ephemeralFirst) : PORTS_END
}

/** First ports of all whole blocks below `end`. */
export function blockStarts(end: number): number[] {
  const blocks = Math.max(0, Math.floor((end - FIRST_PORT) / BLOCK_PORTS))
  return Array.from({ length: blocks }, (_, block) => FIRST_PORT + block * BLOCK_PORTS)
}

/** Whether the block at `path` is the owner's now. False where another owner holds it who is not certainly gone. */
export function claimBlock(path: string, owner: Owner): boolean {
  const name = formatOwner(owner)
  const aside = `${path}.${uniqueSuffix()}`
  mkdirSync(aside)
  writeFileSync(join(aside, name), '')
  try {
    renameSync(aside, path)
    return true
  } catch (error) {
    rmSync(aside, { recursive: true })
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  }
  return takeOverBlock(path, name)
}

function takeOverBlock(path: string, name: string): boolean {
  const holder = blockOwner(path)
  if (holder === null || !isOwnerGone(holder)) return false
  try {
    renameSync(join(path, formatOwner(holder)), join(path, name))
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false // Somebody else was quicker.
    throw error
  }
}

/** Gives back what {@link claimBlock} took. Another owner's block is left alone. */
export function releaseBlock(path: string, owner: Owner): void {
  try {
    unlinkSync(join(path, formatOwner(owner)))
    rmdirSync(path)
  } catch (error) {
    // Not there: released before. Not empty: the next owner has already moved in.
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

/** Gives back the blocks of owners that are certainly gone. */
export function releaseGoneBlocks(folder: string): void {
  for (const name of readdirSync(folder).filter(entry => entry.startsWith(BLOCK_PREFIX))) {
    const path = join(folder, name)
    const owner = blockOwner(path)
    if (owner !== null && isOwnerGone(owner)) releaseBlock(path, owner)
  }
}

/** Null where the block is free. */
function blockOwner(path: string): Owner | null {
  try {
    return parseOwner(readdirSync(path)[0] ?? '')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

async function freePorts(first: number, count: number): Promise<number[]> {
  const free: number[] = []
  for (let port = first; port < first + BLOCK_PORTS && free.length < count; port++) {
    if (await isPortFree(port)) free.push(port)
  }
  return free
}

/** Whether nobody listens on the port, on 127.0.0.1 or on all addresses. Some systems allow both at once, so both are tried. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '0.0.0.0')) && (await canListen(port, '127.0.0.1'))
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function ephemeralRange(): string | null {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
  } catch {
    return null
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
