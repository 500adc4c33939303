/**
 * The load generator: deliveries received per CPU second of its process, everything checked and written to the ledger, against 1,000 clients of the
 * package ws that only count, and against Artillery. The same service sends to each of them: messages one at a time, or 64 at once, which the service
 * writes to a socket together. Somebody else in the room speaks, in a process of its own. And what a worker with 1,000 and with 10,000 clients has in memory.
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
/** So long nothing comes before what is measured. */
const QUIET_MS = 500
/** Artillery's users stay longer than anything takes that they are there for. */
const ARTILLERY_MARGIN_SECONDS = 15

/** Before anything is measured: all of them compile while they run. */
const WARM_UP: Stretch = { messages: 128, burst: 8, everyMs: 100 }

const POINTS = ['unbatched', 'batched'] as const
type Point = (typeof POINTS)[number]

interface Extent {
  readonly stretches: Readonly<Record<Point, Stretch>>
  readonly isLong: boolean
}

const EXTENTS: Readonly<Record<Form, Extent>> = {
  full: {
    stretches: {
      unbatched: { messages: 100, burst: 1, everyMs: 40 },
      batched: { messages: 960, burst: 64, everyMs: 200 },
    },
    isLong: true,
  },
  quick: {
    stretches: {
      unbatched: { messages: 40, burst: 1, everyMs: 40 },
      batched: { messages: 256, burst: 64, everyMs: 200 },
    },
    isLong: false,
  },
}

export const generator: Measurement = {
  name: 'generator',
  about: 'deliveries that a load generator receives per CPU second, 1,000 clients, and its memory',
  needs: form => [
    ...(['cores', 'taskset', 'cc', 'redis', 'ws'] as const),
    ...(EXTENTS[form].isLong ? (['artillery'] as const) : []),
  ],
  async measure(round) {
    const samples: Sample[] = []
    for (const measured of rotated([measureWorker, measureWs], round.round)) samples.push(...(await measured(round)))
    if (!EXTENTS[round.form].isLong) return samples
    samples.push(...(await measureArtillery(round)))
    return [...samples, await measureManyClients(round)]
  },
}

async function measureWorker(round: Round): Promise<Sample[]> {
  const { stretches } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const all = [WARM_UP, ...POINTS.map(point => stretches[point])]
  const worker = await MeasuredWorker.start(rig, port, { clients: CLIENTS, stretches: all, speaker: 'another worker' })
  const samples: Sample[] = []
  let before = Number.NaN
  await worker.run({
    begins() {
      before = cpuSeconds(worker.pid) ?? Number.NaN
    },
    delivered(index, deliveries) {
      const cost = { deliveries, cpuSeconds: (cpuSeconds(worker.pid) ?? Number.NaN) - before }
      const point = POINTS[index - 1]
      if (point !== undefined) samples.push(...samplesOf('load worker', point, worker.pid, cost, round))
    },
  })
  return samples
}

async function measureWs(round: Round): Promise<Sample[]> {
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const clients = await startWsClients(rig, port, CLIENTS)
  // Awaited here, since the rig ends with this function.
  return await measureListeners('ws', clients, { rig, port, points: POINTS, round })
}

async function measureArtillery(round: Round): Promise<Sample[]> {
  const { messages, everyMs } = EXTENTS[round.form].stretches.unbatched
  await using rig = await Rig.open(round.folder, round.abort)
  const service = await startService(rig)
  const staySeconds = Math.ceil((messages * everyMs) / 1000) + ARTILLERY_MARGIN_SECONDS
  const artillery = await startArtillery(rig, service, CLIENTS, staySeconds)
  const { port } = service
  return await measureListeners('Artillery', artillery, { rig, port, points: ['unbatched'], round })
}

interface Listening {
  readonly rig: Rig
  readonly port: number
  readonly points: readonly Point[]
  readonly round: Round
}

/** Of clients that say nothing themselves. Somebody else in the room speaks. */
async function measureListeners(
  subject: string,
  listeners: Generator,
  { rig, port, points, round }: Listening,
): Promise<Sample[]> {
  const speaker = await WireClient.connect(rig, { port, sockets: 1, wire: tuesday.wire, serverPids: [] })
  const samples: Sample[] = []
  const hear = async ({ messages, burst, everyMs }: Stretch) => {
    const deliveries = messages * CLIENTS
    const had = Math.round(await listeners.received())
    await speaker.openLoop({
      perSecond: (1000 * burst) / everyMs,
      burst,
      warmUpMs: 0,
      ms: (messages / burst) * everyMs,
    })
    const isThere = async () => Math.round(await listeners.received()) - had >= deliveries
    await until(isThere, DELIVERED_MS_MAX, rig.abort, () => `${subject} had not received ${deliveries} messages`)
    return deliveries
  }
  await hear(WARM_UP)
  for (const point of points) {
    await quiet(rig)
    const before = cpuSeconds(listeners.pid) ?? 0
    const deliveries = await hear(EXTENTS[round.form].stretches[point])
    const cost = { deliveries, cpuSeconds: (cpuSeconds(listeners.pid) ?? Number.NaN) - before }
    samples.push(...samplesOf(subject, point, listeners.pid, cost, round))
  }
  return samples
}

async function measureManyClients(round: Round): Promise<Sample> {
  await using rig = await Rig.open(round.folder, round.abort)
  const { port } = await startService(rig)
  const stretches = [{ messages: 10, burst: 1, everyMs: 500 }]
  const worker = await MeasuredWorker.start(rig, port, { clients: MANY_CLIENTS, stretches, speaker: 'itself' })
  await worker.run({ begins() {}, delivered() {} })
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

/** Nothing is under way then, so that CPU time belongs to what comes. */
async function quiet(rig: Rig): Promise<void> {
  await sleep(QUIET_MS, undefined, { signal: rig.abort })
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
