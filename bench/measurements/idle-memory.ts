/**
 * Resident memory of a server per idle connection: 5,000 of them in one room, compared with what it had before they came. A few come first, so that
 * what is loaded and compiled with the first ones does not count.
 */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { bun } from '../peers/bun/peer.ts'
import { naive } from '../peers/naive/peer.ts'
import { nchan } from '../peers/nchan/peer.ts'
import type { Peer } from '../peers/peer.ts'
import { socketIo } from '../peers/socket.io/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { SERVER_CORE } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import { type Form, type Measurement, type Round, rotated } from './measurement.ts'

const FIRST_CONNECTIONS = 500
const CONNECTIONS = 5000

const EXTENTS: Readonly<Record<Form, { readonly peers: readonly Peer[]; readonly settleMs: number }>> = {
  full: { peers: [tuesday, naive, socketIo, nchan, bun], settleMs: 1000 },
  quick: { peers: [tuesday, naive], settleMs: 300 },
}

export const idleMemory: Measurement = {
  name: 'idle-memory',
  about: `resident memory per idle connection, ${CONNECTIONS.toLocaleString('en')} of them in one room`,
  needs: form => ['cores', 'taskset', 'cc', ...EXTENTS[form].peers.flatMap(({ needs }) => needs)],
  async measure(round) {
    const samples: Sample[] = []
    for (const peer of rotated(EXTENTS[round.form].peers, round.round)) samples.push(await measurePeer(peer, round))
    return samples
  },
}

async function measurePeer(peer: Peer, round: Round): Promise<Sample> {
  const { settleMs } = EXTENTS[round.form]
  await using rig = await Rig.open(round.folder, round.abort)
  const redisUrl = await rig.startRedis()
  const { port, pids } = await peer.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
  const connect = async (sockets: number) => {
    await WireClient.connect(rig, { port, sockets, wire: peer.wire, serverPids: pids, firstNumber: sockets })
    await sleep(settleMs, undefined, { signal: round.abort })
    return pids.reduce((sum, pid) => sum + residentKiB(pid), 0)
  }
  const before = await connect(FIRST_CONNECTIONS)
  const after = await connect(CONNECTIONS)
  const kiBPerConnection = (after - before) / CONNECTIONS
  round.say(`${peer.name}: ${kiBPerConnection.toFixed(1)} KiB a connection (${Math.round(after / 1024)} MiB in all)`)
  return {
    ...{ measurement: 'idle-memory', subject: peer.name, point: '5,000 connections', round: round.round },
    values: { kiBPerConnection, serverKiB: after },
    saturated: null,
  }
}

/** VmRSS, see proc(5). Throws where there is no such process. */
export function residentKiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
}
