/**
 * This project's load worker as a generator that can be measured, with a plan made for the bench, and everything checked and written down as in any
 * run. Where what it receives is measured, a second worker speaks.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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
const PAUSE_MS = 1000
/** Before a stretch begins. */
const WINDOW_LEAD_MS = 20

/** `messages` come `burst` at a time, from one client, every `everyMs`. */
export interface Stretch {
  readonly messages: number
  readonly burst: number
  readonly everyMs: number
}

export interface WorkerLoad {
  /** Of the worker that is measured, all in one room. */
  readonly clients: number
  readonly stretches: readonly Stretch[]
  /** Who sends. Another worker has as many clients as this one, of which only the one that speaks is in the room. */
  readonly speaker: 'itself' | 'another worker'
}

export interface StretchListener {
  /** Nothing has happened for a while, and the stretch is about to begin. */
  begins(stretch: number): void
  /** Everybody has all of it. */
  delivered(stretch: number, deliveries: number): void
}

export class MeasuredWorker {
  readonly #fleet: Fleet
  readonly #abort: AbortSignal
  readonly #load: WorkerLoad
  readonly pid: number

  private constructor(fleet: Fleet, abort: AbortSignal, load: WorkerLoad, pid: number) {
    this.#fleet = fleet
    this.#abort = abort
    this.#load = load
    this.pid = pid
  }

  /** Starts it on the load's core, and resolves once all clients are in the room. */
  static async start(rig: Rig, port: number, load: WorkerLoad): Promise<MeasuredWorker> {
    const folder = join(rig.folder, 'worker')
    for (const part of ['ledger', 'logs']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(planOf(load)))
    const before = new Set(workersOfThis())
    const fleet = rig.use(
      await Fleet.start({
        ...{ workers: workersOf(load), folder, runId: 'b', deadlineMs: DELIVERED_MS_MAX, onCounters: () => {} },
        addresses: [{ instance: 0, host: '127.0.0.1', port }],
        connectsPerSecond: CONNECTS_PER_SECOND * workersOf(load),
      }),
    )
    // The fleet keeps its processes to itself; these are new.
    const pids = workersOfThis().filter(worker => !before.has(worker))
    for (const pid of pids) {
      rig.record.addChild('load-worker', pid)
      execFileSync('taskset', ['-a', '-p', '-c', String(LOAD_CORE), String(pid)], { stdio: 'ignore' })
    }
    const pid = pids.find(worker => hasOpen(worker, join(folder, 'ledger', 'worker-0.jsonl')))
    if (pid === undefined) throw new BenchError('the process of the load worker was not found')
    await fleet.connect(CONNECTED_MS_MAX, rig.abort)
    rig.abort.throwIfAborted()
    return new MeasuredWorker(fleet, rig.abort, load, pid)
  }

  /** Sends everything. Throws {@link BenchError}. */
  async run(listener: StretchListener): Promise<void> {
    const { clients, stretches } = this.#load
    const zeroAtMs = monotonicMs() + LEAD_MS
    this.#fleet.begin(zeroAtMs)
    const begins = beginsOf(stretches)
    let owed = 0
    for (const [index, { messages }] of stretches.entries()) {
      const waitMs = zeroAtMs + begins[index]! - WINDOW_LEAD_MS - monotonicMs()
      await sleep(Math.max(0, waitMs), undefined, { signal: this.#abort })
      listener.begins(index)
      owed += messages * clients
      const end = begins[index + 1]!
      const isDone = await this.#fleet.waitUntil(() => this.#delivered() >= owed, end + DELIVERED_MS_MAX, this.#abort)
      this.#abort.throwIfAborted()
      if (!isDone) throw new BenchError(`the load worker got ${this.#delivered()} of ${owed} deliveries`)
      if (index < stretches.length - 1 && monotonicMs() - zeroAtMs > end)
        throw new BenchError(
          `the load worker's stretch ${index + 1} was not delivered within ${PAUSE_MS} ms of its end`,
        )
      listener.delivered(index, messages * clients)
    }
  }

  #delivered(): number {
    return this.#fleet.status().counters[0]!.delivered
  }
}

/** When each stretch begins, and at last when one more would. */
function beginsOf(stretches: readonly Stretch[]): number[] {
  const begins = [0]
  for (const { messages, burst, everyMs } of stretches)
    begins.push(begins.at(-1)! + Math.ceil(messages / burst) * everyMs + PAUSE_MS)
  return begins
}

function workersOf({ speaker }: WorkerLoad): number {
  return speaker === 'itself' ? 1 : 2
}

/** One room; the stretches one after the other. Of two workers the plan's clients belong to each in turn. */
export function planOf(load: WorkerLoad): Plan {
  const { clients, stretches } = load
  const workers = workersOf(load)
  const speaker = workers - 1
  const isInRoom = (client: number) => client % workers === 0 || client === speaker
  const begins = beginsOf(stretches)
  const sends = stretches.flatMap(({ messages, burst, everyMs }, index) =>
    Array.from({ length: messages }, (_, number) => ({
      atMs: begins[index]! + Math.floor(number / burst) * everyMs,
      client: speaker,
    })),
  )
  return {
    ...{ schema: 1, scenario: 'bench', seed: 1, instances: ['chat-1'], instancesAtStart: 1, instancesDownMax: 0 },
    rooms: ['r'],
    clients: Array.from({ length: clients * workers }, (_, client) => ({
      ...{ name: `c${client}`, instance: 0 },
      rooms: isInRoom(client) ? [0] : [],
    })),
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

/** The load workers among this process's children. */
function workersOfThis(): number[] {
  const text = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  const lines = text.split('\n').filter(line => line.includes('worker.ts'))
  return lines.map(line => Number.parseInt(line, 10))
}

function hasOpen(pid: number, path: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some(descriptor => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === path
    } catch {
      return false // Closed meanwhile.
    }
  })
}
