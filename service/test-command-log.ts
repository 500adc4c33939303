/**
 * Test support: what a Redis server runs, as its MONITOR tells it: every command of a client, and for each script the commands inside.
 *
 * Not shown by MONITOR, and so not here: AUTH, HELLO and administration.
 */

import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { loadedScript } from './loaded-script.ts'
import { PUBLISH_SCRIPT, READ_SCRIPT, TOPS_SCRIPT } from './log-scripts.ts'
import { LEASE_SCRIPT, PRESENCE_SCRIPT } from './presence-scripts.ts'
import { until } from './test-cluster.ts'

/** The service's scripts by their names in documents and tests. */
export const SCRIPTS = {
  publish: PUBLISH_SCRIPT,
  read: READ_SCRIPT,
  tops: TOPS_SCRIPT,
  lease: LEASE_SCRIPT,
  presence: PRESENCE_SCRIPT,
} as const

export type ScriptName = keyof typeof SCRIPTS

const nameBySha = new Map(
  Object.entries(SCRIPTS).map(([name, source]) => [loadedScript(source).sha, name as ScriptName]),
)

export interface LoggedCommand {
  /** In small letters, with its arguments. */
  readonly words: readonly string[]
  /** Address of the client. */
  readonly client: string
  /** By Redis' clock. */
  readonly atMs: number
  /** Of an EVALSHA: which of the service's scripts it is. */
  readonly script: ScriptName | null
  /** Of an EVALSHA: what it ran. */
  readonly inside: (readonly string[])[]
}

export interface CommandCount {
  /** Sent by clients. */
  readonly calls: number
  /** Run inside scripts. */
  readonly inside: number
}

export class CommandLog implements Disposable {
  readonly commands: LoggedCommand[] = []
  readonly #control: Redis
  readonly #monitor: Redis
  #isMarked: (mark: string) => void = () => {}

  private constructor(control: Redis, monitor: Redis) {
    this.#control = control
    this.#monitor = monitor
    monitor.on('monitor', (time: string, words: string[], source: string) => {
      if (words[0]?.toLowerCase() === 'echo') return this.#isMarked(words[1] ?? '')
      this.#add(Number(time) * 1000, [words[0]!.toLowerCase(), ...words.slice(1)], source)
    })
  }

  static async open(control: Redis): Promise<CommandLog> {
    return new CommandLog(control, await control.monitor())
  }

  /** What has been run since the log was opened, or since the last such call, once all of it is here. */
  async take(): Promise<LoggedCommand[]> {
    const mark = randomUUID()
    let isHere = false
    this.#isMarked = found => {
      isHere ||= found === mark
    }
    await this.#control.echo(mark)
    await until('MONITOR has told the last command', () => isHere)
    return this.commands.splice(0)
  }

  [Symbol.dispose](): void {
    this.#monitor.disconnect()
  }

  /** A script's own commands come behind it, before anybody else's. */
  #add(atMs: number, words: readonly string[], source: string): void {
    if (source === 'lua') {
      this.commands.at(-1)?.inside.push(words)
      return
    }
    const script = words[0] === 'evalsha' ? (nameBySha.get(words[1]!) ?? null) : null
    this.commands.push({ words, client: source, atMs, script, inside: [] })
  }
}

export function countOf(commands: readonly LoggedCommand[]): CommandCount {
  return { calls: commands.length, inside: commands.reduce((sum, { inside }) => sum + inside.length, 0) }
}

/** Names of commands with how often each was run, for a failing test to show. */
export function tallyOf(commands: readonly LoggedCommand[]): Record<string, number> {
  const tally: Record<string, number> = {}
  const add = (name: string) => {
    tally[name] = (tally[name] ?? 0) + 1
  }
  for (const { words, script, inside } of commands) {
    add(script ?? words[0]!)
    for (const [name] of inside) add(`${script ?? words[0]} > ${name}`)
  }
  return tally
}

/** The keys that a call of a script was given. */
export function declaredKeysOf({ words }: LoggedCommand): string[] {
  return words.slice(3, 3 + Number(words[2]))
}
