/** The connections of this instance: how many there may be, and who has to go. */

import type { Connection } from './connection.ts'

/** Time between two looks at all connections. Tokens and silence end this much late. */
const CHECK_MS = 1000

export interface ConnectionsOptions {
  readonly connectionsMax: number
  readonly connectionsPerUserMax: number
}

export class Connections {
  readonly all = new Set<Connection>()
  readonly #options: ConnectionsOptions
  readonly #countOfUser = new Map<string, number>()
  readonly #checking: NodeJS.Timeout

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#checking = setInterval(() => {
      for (const connection of this.all) connection.check()
    }, CHECK_MS)
  }

  /** Whether one more of this user may come in. */
  hasPlaceFor(user: string): boolean {
    const { connectionsMax, connectionsPerUserMax } = this.#options
    return this.all.size < connectionsMax && (this.#countOfUser.get(user) ?? 0) < connectionsPerUserMax
  }

  /** Different users among all. */
  get userCount(): number {
    return this.#countOfUser.size
  }

  add(connection: Connection): void {
    const { user } = connection
    this.all.add(connection)
    this.#countOfUser.set(user, (this.#countOfUser.get(user) ?? 0) + 1)
  }

  delete(connection: Connection): void {
    if (!this.all.delete(connection)) return
    const { user } = connection
    const left = this.#countOfUser.get(user)! - 1
    if (left > 0) this.#countOfUser.set(user, left)
    else this.#countOfUser.delete(user)
  }

  close(): void {
    clearInterval(this.#checking)
  }
}
