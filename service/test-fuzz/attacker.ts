/**
 * Test support: does to an instance whatever the generators think of, one thing after the other, and throws at the first answer that is not the
 * one that docs/protocol.md defines. What it does follows from its seed.
 */

import type { Redis } from 'ioredis'
import type { Limits } from '../protocol.ts'
import type { TestInstance } from '../test-cluster.ts'
import { type Attack, Counts } from './attack.ts'
import { AttackedRooms } from './attacked-rooms.ts'
import { HttpAttack } from './http-attack.ts'
import { Random } from './random.ts'
import { SocketAttack } from './socket-attack.ts'

export interface AttackerOptions {
  readonly instance: TestInstance
  readonly redis: Redis
  readonly seed: number
  /** One of several at a time, from 0. */
  readonly lane: number
  readonly limits: Limits
  /** The room of the well-behaved. */
  readonly foreign: string
}

export class Attacker {
  readonly attack: Attack
  readonly #seed: number
  readonly #sockets: SocketAttack
  readonly #http: HttpAttack
  #isOver = false

  constructor({ instance, redis, seed, lane, limits, foreign }: AttackerOptions) {
    const random = new Random(seed + 7919 * lane)
    this.#seed = seed
    this.attack = {
      ...{ instance, limits, random, lane },
      rooms: new AttackedRooms({ redis, random, lane, memory: limits.inFlightMax, foreign }),
      guests: [`h${lane}`, `H.${lane}_~@-`, `${lane}${'g'.repeat(57)}`],
      ...{ visitors: new Map(), inputs: new Counts(), answers: new Counts(), closes: new Counts(), doing: [] },
    }
    this.#sockets = new SocketAttack(this.attack)
    this.#http = new HttpAttack(this.attack)
  }

  /** Sends so many inputs more, and a few perhaps beyond, and ends its connections. */
  async run(inputCount: number): Promise<void> {
    const { inputs } = this.attack
    const end = inputs.sum + inputCount
    try {
      while (inputs.sum < end && !this.#isOver) await this.#step()
      await this.#sockets.hangUp()
      this.#http[Symbol.dispose]()
    } catch (error) {
      const head = `FUZZ_SEED=${this.#seed}, attacker ${this.attack.lane} after ${inputs.sum} inputs:`
      const lines = [(error as Error).message, head, ...this.attack.doing, ...this.#sockets.transcript]
      throw new Error(lines.join('\n'), { cause: error })
    }
  }

  /** How many messages were accepted in its rooms. Throws where a log holds anything else. */
  checkLogs(): Promise<number> {
    return this.attack.rooms.checkAll()
  }

  /** Ends its connections at once, and begins no more. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.#sockets[Symbol.dispose]()
    this.#http[Symbol.dispose]()
  }

  /** The weights make about two thirds of the inputs frames. */
  async #step(): Promise<void> {
    this.attack.doing = []
    const step = this.attack.random.weighted<() => Promise<void>>([
      [24, () => this.#sockets.sendFrames()],
      [12, () => this.#sockets.breakWire()],
      [8, () => this.#sockets.knock()],
      [10, () => this.#http.sendRequests()],
      [8, () => this.#http.sendBytes()],
    ])
    await step()
  }
}
