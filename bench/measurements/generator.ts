/**
 * The load generator: deliveries received per CPU second of its process, everything checked and written to the ledger, against 1,000 clients of the
 * package ws that only count, and against Artillery. The same service sends to each of them: messages one at a time, or 64 at once, which the service
 * writes to a socket together. And what a worker with 1,000 and with 10,000 clients has in memory.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from '../../harness/cluster/process-state.ts'
import type { RunningPeer } from '../peers/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE } from '../rig/cores.ts'
import { type Generator, startArtillery, startWsClients, until } from '../rig/generators.ts'
import { MeasuredWorker, type Stretch } from '../rig/load-worker.ts'
import { Rig } from '../rig/rig.ts'
import { WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { residentKiB } from './idle-memory.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const CLIENTS = 1000
const MANY_CLIENTS = 10_000
const DELIVERED_MS_MAX = 60_000
/** So long nothing comes before and after what is measured. */
const QUIET_MS = 500

type Point = 'unbatched' | 'batched'

interface Extent {
  readonly stretches: Readonly<Record<Point, Stretch>>
  readonly isLong: boolean
}

const EXTENTS: Readonly<Record<Form, Extent>> = {
  full: {
    stretches: {
      unbatched: { messages: 100, burst: 1, everyMs: 40 },
      batched: { messages: 640, burst: 64, everyMs: 250 },
    },
    isLong: true,
  },
  quick: {
    stretches: {
      unbatched: { messages: 40, burst: 1, everyMs: 40 },
      batched: { messages: 256, burst: 64, everyMs: 250 },
    },
    isLong: false,
  },
}

export const generator: Measurement = {
  name: 'generator',
  about: 'deliveries that a load generator receives per CPU second, 1,000 clients, and its memory',
  needs: form => [
    ...(['cores', 'taskset', 'cc', 'redis'] as const),
    ...(EXTENTS[form].isLong ? (['artillery'] as const) : []),
  ],
  async measure(round) {
    const { stretches, isLong } = EXTENTS[round.form]
    const samples: Sample[] = []
    for (const subject of rotated(['load worker', 'ws'] as const, round.round)) {
      for (const point of ['unbatched', 'batched'] as const) {
        const measured = subject === 'ws' ? measureWs : measureWorker
        samples.push(...(await measured(point, stretches[point], round)))
      }
    }
    if (!isLong) return samples
    samples.push(...(await measureArtillery(stretches.unbatched, round)))
    return [...samples, await measureManyClients(round)]
  },
}

async function measureWorker(point: Point, stretch: Stretch, round: Round): Promise<Sample[]> {
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const worker = await MeasuredWorker.start(rig, port, CLIENTS, stretch)
  const cost = await costOf(worker.pid, rig, () => worker.run(stretch))
  return samplesOf('load worker', point, worker.pid, cost, round)
}

async function measureWs(point: Point, stretch: Stretch, round: Round): Promise<Sample[]> {
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const clients = await startWsClients(rig, port, CLIENTS)
  // Awaited here, since the rig ends with this function.
  return await measureListeners('ws', clients, { rig, port, point, stretch, round })
}

async function measureArtillery(stretch: Stretch, round: Round): Promise<Sample[]> {
  await using rig = await Rig.open(round.folder, round.abort)
  const service = await startService(rig)
  const { port } = service
  const staySeconds = Math.ceil((stretch.messages * stretch.everyMs) / 1000) + 15
  const artillery = await startArtillery(rig, service, CLIENTS, staySeconds)
  // Awaited here, since the rig ends with this function.
  return await measureListeners('Artillery', artillery, { rig, port, point: 'unbatched', stretch, round })
}

interface Listening {
  readonly rig: Rig
  readonly port: number
  readonly point: Point
  readonly stretch: Stretch
  readonly round: Round
}

/** Of clients that say nothing themselves. Somebody else in the room speaks. */
async function measureListeners(subject: string, listeners: Generator, listening: Listening): Promise<Sample[]> {
  const { rig, port, point, stretch, round } = listening
  const { messages, burst, everyMs } = stretch
  const speaker = await WireClient.connect(rig, { port, sockets: 1, wire: tuesday.wire, serverPids: [] })
  const owed = messages * CLIENTS
  const cost = await costOf(listeners.pid, rig, async () => {
    const perSecond = (1000 * burst) / everyMs
    await speaker.openLoop({ perSecond, burst, warmUpMs: 0, ms: (messages / burst) * everyMs })
    const isThere = async () => Math.round(await listeners.received()) >= owed
    await until(isThere, DELIVERED_MS_MAX, rig.abort, () => `${subject} had not received ${owed} messages`)
    return owed
  })
  return samplesOf(subject, point, listeners.pid, cost, round)
}

async function measureManyClients(round: Round): Promise<Sample> {
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const stretch: Stretch = { messages: 10, burst: 1, everyMs: 500 }
  const worker = await MeasuredWorker.start(rig, port, MANY_CLIENTS, stretch)
  await worker.run(stretch)
  const rssMB = (residentKiB(worker.pid) * 1024) / 1e6
  round.say(`load worker: ${rssMB.toFixed(0)} MB with ${MANY_CLIENTS} clients`)
  return {
    ...{ measurement: 'generator', subject: 'load worker', point: 'memory of 10,000 clients', round: round.round },
    values: { rssMB },
    saturated: null,
  }
}

async function startService(rig: Rig): Promise<RunningPeer> {
  const redisUrl = await rig.startRedis()
  return await tuesday.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
}

interface Cost {
  readonly deliveries: number
  readonly cpuSeconds: number
}

/** From quiet to quiet, so that everything that belongs to the deliveries is in. */
async function costOf(pid: number, rig: Rig, work: () => Promise<number>): Promise<Cost> {
  await sleep(QUIET_MS, undefined, { signal: rig.abort })
  const before = cpuSeconds(pid) ?? 0
  const deliveries = await work()
  return { deliveries, cpuSeconds: (cpuSeconds(pid) ?? Number.NaN) - before }
}

function samplesOf(subject: string, point: Point, pid: number, cost: Cost, { round, say }: Round): Sample[] {
  const deliveriesPerCpuSecond = cost.deliveries / cost.cpuSeconds
  const rssMB = (residentKiB(pid) * 1024) / 1e6
  say(`${subject}, ${point}: ${Math.round(deliveriesPerCpuSecond / 1000)} k per CPU second, ${rssMB.toFixed(0)} MB`)
  const common = { measurement: 'generator', subject, round, saturated: null } as const
  const rate: Sample = { ...common, point, values: { deliveriesPerCpuSecond } }
  // After the unbatched stretch, since a worker that lives through both has seen more; one point is enough.
  return point === 'unbatched' ? [rate, { ...common, point: 'memory of 1,000 clients', values: { rssMB } }] : [rate]
}
