/**
 * Graceful end of an instance: nobody is stranded, nothing acknowledged is lost, and the reconnects do not arrive as one wave.
 */

import type { Logger } from 'pino'
import type { Connection } from './connection.ts'

export interface DrainOptions {
  readonly connections: ReadonlySet<Connection>
  readonly noticeMs: number
  readonly spreadMs: number
  readonly msMax: number
  /** Readiness goes to 503. */
  readonly onNotice: () => void
  /** New sockets are refused from here on. */
  readonly onRefuse: () => void
  readonly log: Logger
}

/** Resolves with true where every socket was closed in order, with false where the deadline or `abort` cut the rest. */
export async function drain(options: DrainOptions, abort: AbortSignal): Promise<boolean> {
  const { connections, noticeMs, spreadMs, msMax, onNotice, onRefuse, log } = options
  const cut = AbortSignal.any([abort, AbortSignal.timeout(msMax)])
  onNotice()
  await pause(noticeMs, cut)
  onRefuse()
  const leaving = [...connections]
  log.info({ connections: leaving.length, spreadMs }, 'draining')
  const finished = leaving.map(async (connection, index) => {
    const closesInMs = (spreadMs * index) / leaving.length
    connection.announceDrain(closesInMs)
    await pause(closesInMs, cut)
    if (!cut.aborted) await connection.finish()
  })
  await Promise.race([Promise.all(finished), aborted(cut)])
  for (const connection of connections) connection.terminate()
  return !cut.aborted
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (ms <= 0 || signal.aborted) return resolve()
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
