/**
 * Tells when the run has to end early: SIGINT, SIGTERM, SIGHUP, or npm above the harness gone. `npm run` passes a SIGTERM on to nobody,
 * so its death is seen by looking at the parents.
 */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const PARENT_POLL_MS = 500
const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'zsh', 'busybox'])

/** The run was told to end. Exit code 130, after healing. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export class Interruption implements Disposable {
  readonly #controller = new AbortController()
  readonly #handlers = SIGNALS.map(signal => ({ signal, handle: () => this.#interrupt(signal) }))
  readonly #watch: NodeJS.Timeout | null
  readonly #onInterrupt: (why: string) => void

  /** `onInterrupt` is called once, at the first reason to end. */
  constructor(onInterrupt: (why: string) => void) {
    this.#onInterrupt = onInterrupt
    for (const { signal, handle } of this.#handlers) process.on(signal, handle)
    this.#watch = watchParents(() => this.#interrupt('npm has ended'))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  throwIfInterrupted(): void {
    this.signal.throwIfAborted()
  }

  [Symbol.dispose](): void {
    for (const { signal, handle } of this.#handlers) process.off(signal, handle)
    if (this.#watch !== null) clearInterval(this.#watch)
  }

  #interrupt(why: string): void {
    if (this.signal.aborted) return
    this.#controller.abort(new Interrupted(why))
    this.#onInterrupt(why)
  }
}

/** Only under npm: whoever starts the harness in the background by itself may well end before it. */
function watchParents(onGone: () => void): NodeJS.Timeout | null {
  if (process.env.npm_lifecycle_event === undefined) return null
  const parent = process.ppid
  const grandparent = isShell(parent) ? parentOf(parent) : null
  const isGone = () => process.ppid !== parent || (grandparent !== null && parentOf(parent) !== grandparent)
  return setInterval(() => {
    if (isGone()) onGone()
  }, PARENT_POLL_MS).unref()
}

/** npm runs a script through a shell, which may stand between npm and the harness. Without /proc nothing is known of it. */
function isShell(pid: number): boolean {
  return SHELLS.has(basename(statusOf(pid)?.command ?? ''))
}

function parentOf(pid: number): number | null {
  return statusOf(pid)?.parent ?? null
}

/** From /proc/<pid>/stat: "pid (command) state parent …", where the command may itself hold brackets. */
function statusOf(pid: number): { command: string; parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const parent = Number(text.slice(end + 2).split(' ')[1])
    return { command: text.slice(text.indexOf('(') + 1, end), parent }
  } catch {
    return null
  }
}
