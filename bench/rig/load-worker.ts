/**
 * This project's load worker as a generator that can be measured: a fleet of one, with a plan made for the bench, and everything checked and written
 * down as in any run.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fleet } from '../../harness/load/fleet.ts'
import { monotonicMs } from '../../harness/monotonic.ts'
import type { Plan } from '../../harness/plan/plan.ts'
import { LOAD_CORE } from './cores.ts'
import { BenchError } from './needs.ts'
import type { Rig } from './rig.ts'

const CONNECTED_MS_MAX = 120_000
const DELIVERED_MS_MAX = 60_000
/** Makes messages of about 204 bytes on the wire, with the names below. */
const TEXT_BYTES = 64
/** Until the first send of a stretch. */
const LEAD_MS = 200

/** `messages` come `burst` at a time, from different clients, every `everyMs`. */
export interface Stretch {
  readonly messages: number
  readonly burst: number
  readonly everyMs: number
}

export class MeasuredWorker implements AsyncDisposable {
  readonly #fleet: Fleet
  readonly #abort: AbortSignal
  readonly #clients: number
  readonly pid: number

  private constructor(fleet: Fleet, abort: AbortSignal, clients: number, pid: number) {
    this.#fleet = fleet
    this.#abort = abort
    this.#clients = clients
    this.pid = pid
  }

  /** Starts one worker on the load's core, and resolves once all of its clients are in the room. */
  static async start(rig: Rig, port: number, clients: number, stretch: Stretch): Promise<MeasuredWorker> {
    const folder = join(rig.folder, 'worker')
    for (const part of ['ledger', 'logs']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(planOf(clients, stretch)))
    const before = new Set(childrenOfThis())
    const fleet = rig.use(
      await Fleet.start({
        ...{ workers: 1, folder, runId: 'b', deadlineMs: DELIVERED_MS_MAX, onCounters: () => {} },
        addresses: [{ instance: 0, host: '127.0.0.1', port }],
      }),
    )
    // The fleet keeps its processes to itself; this one is new.
    const pid = childrenOfThis().find(child => !before.has(child) && isWorker(child))
    if (pid === undefined) throw new BenchError('the process of the load worker was not found')
    rig.record.addChild('load-worker', pid)
    execFileSync('taskset', ['-a', '-p', '-c', String(LOAD_CORE), String(pid)], { stdio: 'ignore' })
    await fleet.connect(CONNECTED_MS_MAX, rig.abort)
    rig.abort.throwIfAborted()
    return new MeasuredWorker(fleet, rig.abort, clients, pid)
  }

  /** Sends the plan and resolves once everybody has everything, with the number of deliveries. Throws {@link BenchError}. */
  async run(stretch: Stretch): Promise<number> {
    const owed = stretch.messages * this.#clients
    this.#fleet.begin(monotonicMs() + LEAD_MS)
    const sendMs = (stretch.messages / stretch.burst) * stretch.everyMs
    const isDone = await this.#fleet.waitUntil(() => this.#delivered() >= owed, sendMs + DELIVERED_MS_MAX, this.#abort)
    this.#abort.throwIfAborted()
    if (!isDone) throw new BenchError(`the load worker got ${this.#delivered()} of ${owed} deliveries`)
    return owed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fleet[Symbol.asyncDispose]()
  }

  #delivered(): number {
    return this.#fleet.status().counters.reduce((sum, { delivered }) => sum + delivered, 0)
  }
}

export function planOf(clients: number, { messages, burst, everyMs }: Stretch): Plan {
  const numbers = [...Array(messages).keys()]
  const loadMs = Math.ceil(messages / burst) * everyMs
  return {
    ...{ schema: 1, scenario: 'bench', seed: 1, instances: ['chat-1'], instancesAtStart: 1, instancesDownMax: 0 },
    rooms: ['r'],
    clients: Array.from({ length: clients }, (_, client) => ({ name: `c${client}`, instance: 0, rooms: [0] })),
    messages: {
      atMs: numbers.map(number => Math.floor(number / burst) * everyMs),
      client: numbers.map(number => number % Math.min(burst, clients)),
      room: numbers.map(() => 0),
    },
    rollCall: { atMs: [], client: [], room: [] },
    ...{ faults: [], textBytes: TEXT_BYTES, warmUpMs: 0, loadMs },
    ...{ settleMsMax: DELIVERED_MS_MAX, deadlineMs: DELIVERED_MS_MAX },
  }
}

function childrenOfThis(): number[] {
  const text = execFileSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return text.split(/\s+/).filter(Boolean).map(Number)
}

function isWorker(pid: number): boolean {
  return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('worker.ts')
}
