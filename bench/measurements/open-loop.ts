/**
 * The highest rate that one instance holds, open loop, 1,000 receivers: the offered rate climbs a ladder until a tenth of a second is no longer
 * enough for 99 % of the deliveries, or fewer come than are offered.
 */

import { naive } from '../peers/naive/peer.ts'
import type { Peer } from '../peers/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE, saturatedCore } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { type OpenLoopResult, WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const RECEIVERS = 1000
const P99_MS_MAX = 100
/** Less of the offered rate than this has fallen behind. The rest is what the edges of the window cut off. */
const ACHIEVED_SHARE_MIN = 0.97

interface Extent {
  readonly peers: readonly Peer[]
  /** Thousands of deliveries a second. */
  readonly ladder: readonly number[]
  readonly warmUpMs: number
  readonly ms: number
}

const EXTENTS: Readonly<Record<Form, Extent>> = {
  full: {
    peers: [tuesday, naive],
    // Its end is above what the receivers can take.
    ladder: [20, 30, 40, 50, 60, 75, 100, 500, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 10_000],
    ...{ warmUpMs: 400, ms: 1200 },
  },
  quick: { peers: [tuesday], ladder: [500, 1000], warmUpMs: 250, ms: 800 },
}

export const openLoop: Measurement = {
  name: 'open-loop',
  about: `deliveries a second that were held with p99 below ${P99_MS_MAX} ms, open loop, 1,000 receivers`,
  needs: form => ['cores', 'taskset', 'cc', ...EXTENTS[form].peers.flatMap(({ needs }) => needs)],
  async measure(round) {
    const samples: Sample[] = []
    for (const peer of rotated(EXTENTS[round.form].peers, round.round)) samples.push(await climb(peer, round))
    return samples
  },
}

async function climb(peer: Peer, round: Round): Promise<Sample> {
  const { ladder, warmUpMs, ms } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const redisUrl = await rig.startRedis()
  const { port, pids } = await peer.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
  const client = await WireClient.connect(rig, { port, sockets: RECEIVERS, wire: peer.wire, serverPids: pids })
  let held: { readonly perSecond: number; readonly result: OpenLoopResult } | null = null
  for (const thousands of ladder) {
    const perSecond = thousands * 1000
    const result = await client.openLoop({ perSecond: perSecond / RECEIVERS, warmUpMs, ms })
    const isHeld = holds(result, perSecond)
    const achieved = Math.round(result.deliveries / result.seconds / 1000)
    round.say(
      `${peer.name}: offered ${thousands} k/s, came ${achieved} k/s, p99 ${result.p99Ms} ms: ${isHeld ? 'held' : 'not held'} (saturated: ${saturatedCore(result.cpu)})`,
    )
    if (!isHeld) break
    held = { perSecond, result }
  }
  return {
    ...{ measurement: 'open-loop', subject: peer.name, point: 'highest that held', round: round.round },
    values: {
      deliveriesPerSecond: held?.perSecond ?? 0,
      p99Ms: held?.result.p99Ms ?? null,
      foreign: held?.result.cpu.foreign ?? null,
    },
    saturated: held === null ? null : saturatedCore(held.result.cpu),
  }
}

export function holds(
  { deliveries, seconds, closed, p99Ms }: Pick<OpenLoopResult, 'deliveries' | 'seconds' | 'closed' | 'p99Ms'>,
  perSecond: number,
): boolean {
  if (closed > 0 || p99Ms === null || p99Ms >= P99_MS_MAX) return false
  return deliveries / seconds >= ACHIEVED_SHARE_MIN * perSecond
}
