/**
 * What a delivery costs this service as a room grows: CPU time of the server per delivery at one moderate rate, with fewer messages a second the
 * more receivers there are. What it does besides (heartbeats, silence, leases) is in it.
 */

import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE, saturatedCore } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const DELIVERIES_PER_SECOND = 20_000

interface Extent {
  readonly clients: readonly number[]
  readonly warmUpMs: number
  readonly ms: number
}

const EXTENTS: Readonly<Record<Form, Extent>> = {
  full: { clients: [100, 1000, 5000, 10_000], warmUpMs: 1500, ms: 4000 },
  quick: { clients: [100, 10_000], warmUpMs: 500, ms: 1500 },
}

export const growth: Measurement = {
  name: 'growth',
  about: 'CPU time of the server per delivery at 20,000 deliveries a second, from 100 to 10,000 clients in one room',
  needs: () => ['cores', 'taskset', 'cc', ...tuesday.needs],
  async measure(round) {
    const samples: Sample[] = []
    for (const clients of rotated(EXTENTS[round.form].clients, round.round)) {
      samples.push(await measureClients(clients, round))
    }
    return [...samples, highestOverLowest(samples)]
  },
}

async function measureClients(clients: number, round: Round): Promise<Sample> {
  const { warmUpMs, ms } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const redisUrl = await rig.startRedis()
  const { port, pids } = await tuesday.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
  const client = await WireClient.connect(rig, { port, sockets: clients, wire: tuesday.wire, serverPids: pids })
  const { cpu, deliveries } = await client.openLoop({ perSecond: DELIVERIES_PER_SECOND / clients, warmUpMs, ms })
  const cpuUsPerDelivery = (cpu.serverSeconds * 1e6) / deliveries
  round.say(`${clients} clients: ${cpuUsPerDelivery.toFixed(2)} µs a delivery`)
  return {
    ...{ measurement: 'growth', subject: 'tuesday', point: `${clients} clients`, round: round.round },
    values: { cpuUsPerDelivery, deliveries, foreign: cpu.foreign },
    saturated: saturatedCore(cpu),
  }
}

function highestOverLowest(samples: readonly Sample[]): Sample {
  const costs = samples.map(({ values }) => values.cpuUsPerDelivery ?? Number.NaN)
  return {
    ...{ measurement: 'growth', subject: 'tuesday', point: 'highest over lowest', round: samples[0]!.round },
    values: { ratio: Math.max(...costs) / Math.min(...costs) },
    saturated: null,
  }
}
