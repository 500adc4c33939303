/**
 * Latency across instances at a moderate rate: the publisher is connected to one instance, 1,000 receivers to another, open loop. Counted from the
 * intended time of the send. Both instances share the server's core; the first has hardly anything to do.
 */

import { bun } from '../peers/bun/peer.ts'
import { naive } from '../peers/naive/peer.ts'
import type { Peer } from '../peers/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE, saturatedCore } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const RECEIVERS = 1000
const MESSAGES_PER_SECOND = 25

interface Extent {
  readonly peers: readonly Peer[]
  /** Of a closed loop before: at 25 messages a second, publishing would be compiled while it is measured. */
  readonly busyMs: number
  readonly warmUpMs: number
  readonly ms: number
}

const BUSY_IN_FLIGHT = 8

const EXTENTS: Readonly<Record<Form, Extent>> = {
  // 200 messages: the slowest two of them are the P99.
  full: { peers: [tuesday, naive, bun], busyMs: 2000, warmUpMs: 1000, ms: 8000 },
  // Against Bun there is an aim only.
  quick: { peers: [tuesday, naive], busyMs: 800, warmUpMs: 200, ms: 1600 },
}

export const crossInstance: Measurement = {
  name: 'cross-instance',
  about: 'latency from a publisher on one instance to 1,000 receivers on another, 25 messages a second, open loop',
  needs: form => ['cores', 'taskset', 'cc', ...EXTENTS[form].peers.flatMap(({ needs }) => needs)],
  async measure(round) {
    const samples: Sample[] = []
    for (const peer of rotated(EXTENTS[round.form].peers, round.round)) samples.push(await measurePeer(peer, round))
    return samples
  },
}

async function measurePeer(peer: Peer, round: Round): Promise<Sample> {
  const { busyMs, warmUpMs, ms } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const redisUrl = await rig.startRedis()
  const near = await peer.start({ rig, core: SERVER_CORE, instance: 'near', redisUrl })
  const far = await peer.start({ rig, core: SERVER_CORE, instance: 'far', redisUrl })
  const client = await WireClient.connect(rig, {
    ...{ port: far.port, publisherPort: near.port, sockets: RECEIVERS, wire: peer.wire },
    serverPids: [...near.pids, ...far.pids],
  })
  await client.closedLoop(BUSY_IN_FLIGHT, 0, busyMs)
  const result = await client.openLoop({ perSecond: MESSAGES_PER_SECOND, warmUpMs, ms })
  const { p50Ms, p99Ms, missing, owed, cpu } = result
  round.say(`${peer.name}: p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${missing} of ${owed} missing`)
  return {
    ...{ measurement: 'cross-instance', subject: peer.name, point: '25,000 deliveries/s', round: round.round },
    values: { p50Ms, p99Ms, missing, foreign: cpu.foreign },
    saturated: saturatedCore(cpu),
  }
}
