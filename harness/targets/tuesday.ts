/**
 * The chat service as a target: each virtual client is the client library that ships, over a real WebSocket. This file and `tuesday-client.ts` are
 * the only ones of the load that know the wire.
 */

import { CLIENT_DEFAULTS } from '../../client/options.ts'
import type { Position } from '../../service/protocol.ts'
import { monotonicMs } from '../monotonic.ts'
import { AddressChoice } from './address-choice.ts'
import { ConnectGate } from './connect-gate.ts'
import { localAddressOf } from './local-address.ts'
import { RoomNames } from './room-names.ts'
import { SharedFrames } from './shared-frames.ts'
import type { Target, TargetAddress, TargetClient, TargetListener, TargetLog } from './target.ts'
import { type SharedByClients, TuesdayClient } from './tuesday-client.ts'

/** Granularity of the clients' timers; far below their shortest limit. */
const TICK_MS = 50
/** Clients that are looked at in one tick: tens of thousands take turns, within a fraction of their shortest limit. */
const TICKED_MAX = 4000
/** An answer to a page of history that takes longer is an error. */
const READ_MS_MAX = 10_000

export interface TuesdayTargetOptions {
  readonly addresses: readonly TargetAddress[]
  /** What each of the plan's instances calls itself in `welcome`, by index. Needed behind a balancer. */
  readonly welcomeNames?: readonly string[]
  /** Put before every room's name, so that runs that share a Redis never meet. */
  readonly roomPrefix: string
  /** Put before every client's name to make its sender sessions unique; 1 to 20 of A-Z a-z 0-9 _ -. */
  readonly senderPrefix: string
  readonly random: () => number
  /** How many clients the whole run has, over all workers. */
  readonly clientsOfRun: number
  /** See the client library, whose default it has without. */
  readonly idlePingMs?: number
}

export class TuesdayTarget implements Target, Disposable {
  readonly #options: TuesdayTargetOptions
  readonly #clients: TuesdayClient[] = []
  readonly #shared: SharedByClients
  readonly #timer: NodeJS.Timeout
  readonly #listed = () => this.#addresses
  #addresses: readonly TargetAddress[]
  /** Whose turn it was last. */
  #ticked = 0

  constructor(options: TuesdayTargetOptions) {
    this.#options = options
    this.#addresses = options.addresses
    this.#shared = {
      random: options.random,
      idlePingMs: options.idlePingMs ?? CLIENT_DEFAULTS.idlePingMs,
      localAddress: (client, host) =>
        localAddressOf(client, options.clientsOfRun, destinationsOf(this.#addresses), host),
      gate: new ConnectGate(),
      frames: new SharedFrames(),
      rooms: new RoomNames(options.roomPrefix),
      welcomeNames: options.welcomeNames ?? [],
    }
    this.#timer = setInterval(() => this.#tickSome(), TICK_MS)
  }

  createClient(name: string, instance: number, listener: TargetListener): TargetClient {
    const { random, senderPrefix } = this.#options
    const client = new TuesdayClient({
      name,
      number: this.#clients.length,
      sender: `${senderPrefix}${name}`,
      choice: new AddressChoice(this.#listed, instance, random),
      listener,
      shared: this.#shared,
    })
    this.#clients.push(client)
    return client
  }

  /** Those whose turn it is; all of them where they are few. */
  #tickSome(): void {
    const nowMs = monotonicMs()
    const count = Math.min(this.#clients.length, TICKED_MAX)
    for (let ticked = 0; ticked < count; ticked++) {
      this.#ticked = (this.#ticked + 1) % this.#clients.length
      this.#clients[this.#ticked]!.tick(nowMs)
    }
  }

  useAddresses(addresses: readonly TargetAddress[]): void {
    this.#addresses = addresses
  }

  /** Throws where the log cannot be read from any instance. */
  async readLog(room: string): Promise<TargetLog> {
    const entries: TargetLog['entries'][number][] = []
    const path = `/rooms/${this.#options.roomPrefix}${room}/messages?guest=final-reader`
    let after = ''
    for (;;) {
      const page = await this.#readPage(`${path}${after}`)
      for (const { epoch, seq, id, text } of page.messages) entries.push({ position: { epoch, seq }, id, text })
      if (page.position.epoch === page.top.epoch && page.position.seq >= page.top.seq) return { top: page.top, entries }
      if (page.messages.length === 0) throw new Error('a page came without messages, short of the top')
      after = `&after=${page.position.epoch}:${page.position.seq}`
    }
  }

  async #readPage(path: string): Promise<HistoryPage> {
    const failures: string[] = []
    for (const { host, port } of this.#addresses) {
      try {
        const response = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(READ_MS_MAX) })
        if (response.ok) return (await response.json()) as HistoryPage
        failures.push(`${host}:${port} answered ${response.status}`)
      } catch (error) {
        failures.push(`${host}:${port}: ${(error as Error).message}`)
      }
    }
    throw new Error(`the log could not be read at ${path}: ${failures.join('; ')}`)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

function destinationsOf(addresses: readonly TargetAddress[]): number {
  return addresses.some(({ isBalancer }) => isBalancer) ? 1 : addresses.length
}

interface HistoryPage {
  readonly position: Position
  readonly top: Position
  readonly messages: readonly { epoch: string; seq: number; id: string; text: string }[]
}
