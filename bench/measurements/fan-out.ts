/**
 * Fan-out on one instance: one room, messages of 204 bytes on the wire, W of them kept in flight: each is done when all N receivers have it, and
 * the next one is sent then. The publisher is one of the receivers. The server has core 0, everything else core 1.
 */

import { bun } from '../peers/bun/peer.ts'
import { naive } from '../peers/naive/peer.ts'
import { nchan } from '../peers/nchan/peer.ts'
import type { Peer } from '../peers/peer.ts'
import { sendLimit } from '../peers/send-limit/peer.ts'
import { socketIo } from '../peers/socket.io/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE, saturatedCore } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { type ClosedLoopResult, WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const IN_FLIGHT = [1, 8, 64] as const
/** Enough for servers that write several messages at once to do so, and soon over for those that do not. */
const SETTLE_IN_FLIGHT = 8

interface Extent {
  readonly peers: readonly Peer[]
  readonly receivers: readonly number[]
  /**
   * A loop that is not measured, before the first window: servers that compile while they run have compiled by then, and nobody is told any more
   * who has come.
   */
  readonly settleMs: number
  readonly warmUpMs: number
  readonly ms: number
}

const EXTENTS: Readonly<Record<Form, Extent>> = {
  full: {
    peers: [tuesday, naive, socketIo, nchan, bun, sendLimit],
    ...{ receivers: [200, 1000], settleMs: 1200, warmUpMs: 250, ms: 700 },
  },
  // Nothing is judged against nchan.
  quick: {
    peers: [tuesday, naive, socketIo, bun, sendLimit],
    receivers: [1000],
    settleMs: 500,
    warmUpMs: 150,
    ms: 300,
  },
}

export const fanOut: Measurement = {
  name: 'fan-out',
  about: 'thousands of deliveries a second on one instance, with W messages in flight to N receivers',
  needs: form => ['cores', 'taskset', 'cc', ...EXTENTS[form].peers.flatMap(({ needs }) => needs)],
  async measure(round) {
    const samples: Sample[] = []
    const { peers, receivers: counts } = EXTENTS[round.form]
    for (const receivers of counts) {
      for (const peer of rotated(peers, round.round)) samples.push(...(await measureFanOut(peer, receivers, round)))
    }
    return samples
  },
}

/** One server with all windows, one after the other over the same connections. */
async function measureFanOut(peer: Peer, receivers: number, round: Round): Promise<Sample[]> {
  const { settleMs, warmUpMs, ms } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const redisUrl = await rig.startRedis()
  const { port, pids } = await peer.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
  const client = await WireClient.connect(rig, { port, sockets: receivers, wire: peer.wire, serverPids: pids })
  await client.closedLoop(SETTLE_IN_FLIGHT, 0, settleMs)
  const samples: Sample[] = []
  for (const inFlight of IN_FLIGHT) {
    const result = await client.closedLoop(inFlight, warmUpMs, ms)
    const sample = sampleOf(result, peer.name, `W=${inFlight} N=${receivers}`, round.round)
    round.say(describe(sample))
    samples.push(sample)
    if (result.closed > 0) break
  }
  return samples
}

/** A loop that stalled has lost messages on the way; what it did until then is no rate. */
function sampleOf(result: ClosedLoopResult, subject: string, point: string, round: number): Sample {
  const { deliveries, seconds, payloadBytes, stalled, cpu } = result
  return {
    ...{ measurement: 'fan-out', subject, point, round },
    values: {
      deliveriesPerSecond: stalled ? 0 : deliveries / seconds,
      payloadBytes,
      serverCore: cpu.serverCore,
      loadCore: cpu.loadCore,
      foreign: cpu.foreign,
    },
    saturated: stalled ? 'stalled: messages were lost' : saturatedCore(cpu),
  }
}

function describe({ subject, point, values, saturated }: Sample): string {
  const thousands = Math.round(values.deliveriesPerSecond! / 1000)
  const shares = `server core ${percent(values.serverCore)}, load core ${percent(values.loadCore)}`
  return `${subject} ${point}: ${thousands.toLocaleString('en')} k/s (${shares}; saturated: ${saturated})`
}

function percent(share: number | null | undefined): string {
  return `${Math.round((share ?? 0) * 100)} %`
}
