/** The rig on real processes, small: what `npm run bench` needs on a machine is what `npm run setup -- --all` puts there for this test. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isProcessAlive, processStartTime } from '../harness/cluster/owner.ts'
import { naive } from './peers/naive/peer.ts'
import type { Peer } from './peers/peer.ts'
import { sendLimit } from './peers/send-limit/peer.ts'
import { tuesday } from './peers/tuesday/peer.ts'
import { SERVER_CORE } from './rig/cores.ts'
import { requireAll } from './rig/needs.ts'
import { Rig } from './rig/rig.ts'
import { WIRE_BYTES, WireClient } from './rig/wire-client.ts'

const RECEIVERS = 20
/** How much a message of Tuesday may differ from the others: its numbers grow. */
const WIRE_BYTES_TOLERANCE = 12

const folder = mkdtempSync(join(tmpdir(), 'tuesday-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function connected(rig: Rig, peer: Peer) {
  const redisUrl = await rig.startRedis()
  const { port, pids } = await peer.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
  const client = await WireClient.connect(rig, { port, sockets: RECEIVERS, wire: peer.wire, serverPids: pids })
  return { client, pids }
}

test.each([tuesday, naive, sendLimit])(
  '$name delivers every message to every receiver, and is cleared away',
  async peer => {
    requireAll(['cores', 'taskset', 'cc', ...peer.needs])
    const identities: { readonly pid: number; readonly startTime: string }[] = []
    {
      await using rig = await Rig.open(join(folder, peer.name), new AbortController().signal)
      const { client, pids } = await connected(rig, peer)
      identities.push(...pids.map(pid => ({ pid, startTime: processStartTime(pid)! })))

      const closed = await client.closedLoop(8, 50, 200)
      expect(closed).toMatchObject({ stalled: false, closed: 0 })
      expect(closed.deliveries).toBeGreaterThan(RECEIVERS)
      expect(Math.abs(closed.payloadBytes - (WIRE_BYTES - 4))).toBeLessThan(WIRE_BYTES_TOLERANCE)
      expect(closed.cpu.serverCore).toBeGreaterThan(0)

      const open = await client.openLoop({ perSecond: 50, burst: 2, warmUpMs: 100, ms: 400 })
      expect(open).toMatchObject({ messages: 20, owed: 20 * RECEIVERS, missing: 0 })
      expect(open.p50Ms).toBeGreaterThan(0)
      expect(open.p99Ms).toBeGreaterThanOrEqual(open.p50Ms!)
      expect(identities.every(isProcessAlive)).toBe(true)
    }
    expect(identities.filter(isProcessAlive)).toEqual([])
  },
)

test('a server that loses a message stalls the closed loop, and an open loop counts what is missing', async () => {
  await using rig = await Rig.open(join(folder, 'loses'), new AbortController().signal)
  // What it says is answered, and is no message to anybody.
  const deaf: Peer = {
    ...tuesday,
    wire: { ...tuesday.wire, publish: text => JSON.stringify({ type: 'ping', nonce: 1, text }) },
  }
  const { client } = await connected(rig, deaf)
  expect(await client.closedLoop(1, 0, 100)).toMatchObject({ stalled: true, deliveries: 0 })
  const open = await client.openLoop({ perSecond: 10, warmUpMs: 0, ms: 100 })
  expect(open).toMatchObject({ messages: 1, missing: RECEIVERS, p50Ms: null, p99Ms: null })
})
