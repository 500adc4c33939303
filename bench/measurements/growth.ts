/**
 * What a delivery costs this service as a room grows: CPU time of the server per delivery at one moderate rate, with fewer messages a second the
 * more receivers there are. What it does besides (heartbeats, silence, leases) is in it.
 *
 * Services with rooms of all sizes are there at the same time, each with a Redis of its own, and are loaded one after the other in short
 * stretches: from the smallest room to the largest and back, so that a machine which becomes slower or faster meanwhile does so for all.
 */

import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE, saturatedCore } from '../rig/cores.ts'
import { BenchError } from '../rig/needs.ts'
import { Rig } from '../rig/rig.ts'
import { type OpenLoopResult, WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import type { Measurement, Round } from './measurement.ts'

const DELIVERIES_PER_SECOND = 20_000
const CLIENTS = [100, 1000, 5000, 10_000]
/** In flight while a service is warmed up. */
const WARM_UP_IN_FLIGHT = 8
/**
 * Of each service: what it compiles while it runs it compiles after a number of calls. At 200 messages a second, publishing would be compiled while
 * it is measured.
 */
const WARM_UP_MS = 3000
/** Ways there and back. */
const RETURNS = 2
/** Of each stretch. Both are whole periods of all rates, so that no message is cut off. */
const SETTLE_MS = 500
const MEASURE_MS = 1000

type Stretch = Pick<OpenLoopResult, 'deliveries' | 'cpu'>

export const growth: Measurement = {
  name: 'growth',
  about: 'CPU time of the server per delivery at 20,000 deliveries a second, from 100 to 10,000 clients in one room',
  needs: () => ['cores', 'taskset', 'cc', ...tuesday.needs],
  async measure(round) {
    await using rig = await Rig.open(round.folder, round.abort)
    const rooms = new Map<number, WireClient>()
    for (const clients of CLIENTS) rooms.set(clients, await startRoom(rig, clients))
    const stretches = new Map<number, Stretch[]>(CLIENTS.map(clients => [clients, []]))
    for (const clients of thereAndBack(CLIENTS, RETURNS)) {
      const perSecond = DELIVERIES_PER_SECOND / clients
      stretches
        .get(clients)!
        .push(await rooms.get(clients)!.openLoop({ perSecond, warmUpMs: SETTLE_MS, ms: MEASURE_MS }))
    }
    const samples = [...stretches].map(([clients, found]) => sampleOf(clients, found, round))
    return [...samples, highestOverLowest(samples)]
  },
}

/** One service with one room, warmed up. */
async function startRoom(rig: Rig, clients: number): Promise<WireClient> {
  const redisUrl = await rig.startRedis()
  const { port, pids } = await tuesday.start({ rig, core: SERVER_CORE, instance: `of-${clients}`, redisUrl })
  const client = await WireClient.connect(rig, { port, sockets: clients, wire: tuesday.wire, serverPids: pids })
  const { stalled } = await client.closedLoop(WARM_UP_IN_FLIGHT, 0, WARM_UP_MS)
  if (stalled) throw new BenchError(`the room of ${clients} lost a message while it was warmed up`)
  return client
}

/** Every item as often on the way there as on the way back, so that what drifts evenly is the same for all. */
export function thereAndBack<Item>(items: readonly Item[], returns: number): Item[] {
  return Array.from({ length: returns }, () => [...items, ...items.toReversed()]).flat()
}

function sampleOf(clients: number, stretches: readonly Stretch[], { round, say }: Round): Sample {
  const sum = (of: (stretch: Stretch) => number) => stretches.reduce((total, stretch) => total + of(stretch), 0)
  const mean = (of: (stretch: Stretch) => number) => sum(of) / stretches.length
  const deliveries = sum(stretch => stretch.deliveries)
  const cpuUsPerDelivery = (sum(({ cpu }) => cpu.serverSeconds) * 1e6) / deliveries
  const single = stretches.map(({ cpu, deliveries }) => ((cpu.serverSeconds * 1e6) / deliveries).toFixed(1))
  say(`${clients} clients: ${cpuUsPerDelivery.toFixed(2)} µs a delivery (${single.join(', ')})`)
  return {
    ...{ measurement: 'growth', subject: 'tuesday', point: `${clients} clients`, round },
    values: { cpuUsPerDelivery, deliveries, foreign: mean(({ cpu }) => cpu.foreign) },
    saturated: saturatedCore({
      serverCore: mean(({ cpu }) => cpu.serverCore),
      loadCore: mean(({ cpu }) => cpu.loadCore),
    }),
  }
}

export function highestOverLowest(samples: readonly Sample[]): Sample {
  const costs = samples.map(({ values }) => values.cpuUsPerDelivery ?? Number.NaN)
  return {
    ...{ measurement: 'growth', subject: 'tuesday', point: 'highest over lowest', round: samples[0]!.round },
    values: {
      ratio: Math.max(...costs) / Math.min(...costs),
      foreign: Math.max(...samples.map(({ values }) => values.foreign ?? 0)),
    },
    saturated: null,
  }
}
