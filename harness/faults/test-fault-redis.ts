/** Test support: what faults see of a Redis server, in memory. It can be told to ignore what is asked of it. */

import type { RedisAdmin } from './redis-admin.ts'

const DEFAULT_SETTINGS = { maxmemory: '0', 'maxmemory-policy': 'allkeys-lru' }

export class FakeRedis {
  isRunning = true
  /** Settings are taken, and have no effect. */
  ignoresLimit = false
  /** A start finds the old data where it should have none, and none where it should have them. */
  confusesData = false
  usedMemory = 1_000_000
  settings: Record<string, string> = { ...DEFAULT_SETTINGS }
  readonly keys = new Set(['room', 'counter'])
  #starts = 1
  #written = 0

  stop(): void {
    this.isRunning = false
  }

  start(data: 'kept' | 'lost'): void {
    this.isRunning = true
    this.#starts++
    this.settings = { ...DEFAULT_SETTINGS }
    if ((data === 'lost') !== this.confusesData) this.keys.clear()
  }

  /** Everything that is not as it was at the start, keys of the harness among it. */
  broken(): string[] {
    const changed = Object.entries(DEFAULT_SETTINGS).filter(([name, value]) => this.settings[name] !== value)
    return [
      ...(this.isRunning ? [] : ['redis is down']),
      ...changed.map(([name]) => `${name} is ${this.settings[name]}`),
      ...[...this.keys].filter(key => key.startsWith('harness')).map(key => `${key} was left behind`),
    ]
  }

  open(): RedisAdmin {
    const answer = async <Result>(work: () => Result): Promise<Result> => {
      if (!this.isRunning) throw new Error('connect ECONNREFUSED')
      return work()
    }
    return {
      runId: () => answer(() => `server-${this.#starts}`),
      write: () => answer(() => this.#write()),
      has: key => answer(() => this.keys.has(key)),
      remove: key => answer(() => void this.keys.delete(key)),
      usedMemory: () => answer(() => this.usedMemory),
      get: setting => answer(() => this.settings[setting]!),
      set: (setting, value) => answer(() => void Object.assign(this.settings, { [setting]: value })),
      latencies: () => answer(() => []),
      close: () => {},
    }
  }

  #write(): string {
    const limit = Number(this.settings.maxmemory)
    const isFull = limit > 0 && this.usedMemory > limit && !this.ignoresLimit
    if (isFull && this.settings['maxmemory-policy'] === 'noeviction') {
      throw new Error("OOM command not allowed when used memory > 'maxmemory'.")
    }
    if (isFull) this.keys.clear()
    const key = `harness-${++this.#written}`
    this.keys.add(key)
    return key
  }
}
