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
/** Quicker than clients of a run, so that ten thousand are in soon. */
const CONNECTS_PER_SECOND = 1000
const DELIVERED_MS_MAX = 60_000
/** Makes messages of about 204 bytes on the wire, with the names below. */
const TEXT_BYTES = 64
/** Until the first send. */
const LEAD_MS = 200
/** Between two stretches: the first one's deliveries have to be over before the next one begins. */
const PAUSE_MS = 1500

/** `messages` come `burst` at a time, from different clients, every `everyMs`. */
export interface Stretch {
  readonly messages: number
  readonly burst: number
  readonly everyMs: number
}

export class MeasuredWorker {
  readonly #fleet: Fleet
  readonly #abort: AbortSignal
  readonly #clients: number
  readonly #stretches: readonly Stretch[]
  readonly pid: number

  private constructor(fleet: Fleet, abort: AbortSignal, clients: number, stretches: readonly Stretch[], pid: number) {
    this.#fleet = fleet
    this.#abort = abort
    this.#clients = clients
    this.#stretches = stretches
    this.pid = pid
  }

  /** Starts one worker on the load's core, and resolves once all of its clients are in the room. */
  static async start(rig: Rig, port: number, clients: number, stretches: readonly Stretch[]): Promise<MeasuredWorker> {
    const folder = join(rig.folder, 'worker')
    for (const part of ['ledger', 'logs']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(planOf(clients, stretches)))
    const before = new Set(childrenOfThis())
    const fleet = rig.use(
      await Fleet.start({
        ...{ workers: 1, folder, runId: 'b', deadlineMs: DELIVERED_MS_MAX, onCounters: () => {} },
        addresses: [{ instance: 0, host: '127.0.0.1', port }],
        connectsPerSecond: CONNECTS_PER_SECOND,
      }),
    )
    // The fleet keeps its processes to itself; this one is new.
    const pid = childrenOfThis().find(child => !before.has(child) && isWorker(child))
    if (pid === undefined) throw new BenchError('the process of the load worker was not found')
    rig.record.addChild('load-worker', pid)
    execFileSync('taskset', ['-a', '-p', '-c', String(LOAD_CORE), String(pid)], { stdio: 'ignore' })
    await fleet.connect(CONNECTED_MS_MAX, rig.abort)
    rig.abort.throwIfAborted()
    return new MeasuredWorker(fleet, rig.abort, clients, stretches, pid)
  }

  /** Sends everything; calls back when everybody has all of a stretch, with its deliveries. Throws {@link BenchError}. */
  async run(onDelivered: (stretch: number, deliveries: number) => void): Promise<void> {
    const zeroAtMs = monotonicMs() + LEAD_MS
    this.#fleet.begin(zeroAtMs)
    const begins = beginsOf(this.#stretches)
    let owed = 0
    for (const [index, { messages }] of this.#stretches.entries()) {
      owed += messages * this.#clients
      const end = begins[index + 1]!
      const isDone = await this.#fleet.waitUntil(() => this.#delivered() >= owed, end + DELIVERED_MS_MAX, this.#abort)
      this.#abort.throwIfAborted()
      if (!isDone) throw new BenchError(`the load worker got ${this.#delivered()} of ${owed} deliveries`)
      if (index < this.#stretches.length - 1 && monotonicMs() - zeroAtMs > end)
        throw new BenchError(
          `the load worker's stretch ${index + 1} was not delivered within ${PAUSE_MS} ms of its end`,
        )
      onDelivered(index, messages * this.#clients)
    }
  }

  #delivered(): number {
    return this.#fleet.status().counters.reduce((sum, { delivered }) => sum + delivered, 0)
  }
}

/** When each stretch begins, and at last when one more would. */
function beginsOf(stretches: readonly Stretch[]): number[] {
  const begins = [0]
  for (const { messages, burst, everyMs } of stretches)
    begins.push(begins.at(-1)! + Math.ceil(messages / burst) * everyMs + PAUSE_MS)
  return begins
}

/** One room with everybody in it; the stretches one after the other. */
export function planOf(clients: number, stretches: readonly Stretch[]): Plan {
  const begins = beginsOf(stretches)
  const sends = stretches.flatMap(({ messages, burst, everyMs }, index) =>
    Array.from({ length: messages }, (_, number) => ({
      atMs: begins[index]! + Math.floor(number / burst) * everyMs,
      client: number % Math.min(burst, clients),
    })),
  )
  return {
    ...{ schema: 1, scenario: 'bench', seed: 1, instances: ['chat-1'], instancesAtStart: 1, instancesDownMax: 0 },
    rooms: ['r'],
    clients: Array.from({ length: clients }, (_, client) => ({ name: `c${client}`, instance: 0, rooms: [0] })),
    messages: {
      atMs: sends.map(({ atMs }) => atMs),
      client: sends.map(({ client }) => client),
      room: sends.map(() => 0),
    },
    rollCall: { atMs: [], client: [], room: [] },
    ...{ faults: [], textBytes: TEXT_BYTES, warmUpMs: 0, loadMs: begins.at(-1)! },
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
