/** Test support: the client in `test-python-client/` as a process, and what it has printed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { MessageFrame, ServiceFrame } from './protocol.ts'
import { until } from './test-cluster.ts'

/** What the client says of its own connections. */
export type OwnLine =
  | { readonly type: 'opened'; readonly url: string }
  | {
      readonly type: 'closed'
      readonly code: number
      readonly reason: string
      readonly next: 'final' | 'fresh-token' | 'reconnect'
      /** Where it comes back: what it waits before, and the most that this could have been. */
      readonly waitMs?: number
      readonly waitMsMax?: number
    }
  | { readonly type: 'page'; readonly url: string; readonly complete: boolean; readonly top: { readonly seq: number } }
  | { readonly type: 'failed'; readonly status: number }

type Line = ServiceFrame | OwnLine
type LineOf<Type extends Line['type']> = Extract<Line, { type: Type }>

const CLIENT = join(import.meta.dirname, 'test-python-client', 'client.py')

const running = new Set<TestPythonClient>()

export class TestPythonClient {
  readonly lines: Line[] = []
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>
  errors = ''
  #rest = ''
  #hasExited = false
  readonly #child: ChildProcess

  /** Starts it with these arguments. `-B`: it leaves no compiled files in the repository. */
  constructor(...options: readonly (string | number)[]) {
    this.#child = spawn('python3', ['-B', CLIENT, ...options.map(String)], { stdio: 'pipe' })
    this.#child.stdout!.setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk))
    this.#child.stderr!.on('data', chunk => {
      this.errors += String(chunk)
    })
    // The pipe breaks where it ends while it is spoken to.
    this.#child.stdin!.on('error', () => {})
    this.exited = new Promise(resolve => {
      const end = (code: number | null) => {
        this.#hasExited = true
        resolve(code)
      }
      this.#child.once('close', end)
      this.#child.once('error', error => {
        this.errors += `${error.message}: the tests need python3, which "npm run setup -- --all" installs`
        end(null)
      })
    })
    running.add(this)
  }

  /** Each text is a line, and becomes a message. */
  say(...texts: readonly string[]): void {
    this.#child.stdin!.write(texts.map(text => `${text}\n`).join(''))
  }

  /** It has nothing more to say, and ends when it has everything that it knows of. Resolves with the exit code. */
  finish(): Promise<number | null> {
    this.#child.stdin!.end()
    return this.exited
  }

  of<Type extends Line['type']>(type: Type): LineOf<Type>[] {
    return this.lines.filter(line => line.type === type) as LineOf<Type>[]
  }

  get messages(): MessageFrame[] {
    return this.of('message')
  }

  /** Resolves with the lines of this type when there are so many. */
  async untilLines<Type extends Line['type']>(type: Type, count = 1): Promise<LineOf<Type>[]> {
    await until(`the Python client has printed ${count} lines "${type}"`, () => {
      if (this.of(type).length < count && this.#hasExited) {
        throw new Error(`it has ended before: ${JSON.stringify(this.lines.slice(-5))} ${this.errors}`)
      }
      return this.of(type).length >= count
    })
    return this.of(type)
  }

  async stop(): Promise<void> {
    running.delete(this)
    this.#child.kill('SIGKILL')
    await this.exited
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop()!
    this.lines.push(...lines.map(line => JSON.parse(line) as Line))
  }
}

/** Ends every client that runs still, also those that a failed test left. */
export async function stopPythonClients(): Promise<void> {
  await Promise.all([...running].map(client => client.stop()))
}
