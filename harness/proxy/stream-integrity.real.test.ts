/** Whatever is injected, composed and healed meanwhile, what arrives is what was sent, byte by byte, in both directions. */

import type { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { InjectedFault } from './injected-fault.ts'
import { type LinkFault, TcpProxy } from './tcp-proxy.ts'
import { Peer, pause, seededRandom, Target, until } from './test-peers.ts'

const CONNECTIONS = 4
const BYTES = 600_000
const RUNS = 12
/** Everything is healed after a second at most; then it is a matter of milliseconds. */
const ARRIVED_MS_MAX = 20_000

const direction = fc.record(
  {
    latencyMs: fc.integer({ min: 0, max: 40 }),
    jitterMs: fc.integer({ min: 1, max: 30 }),
    bytesPerSecond: fc.integer({ min: 1_000, max: 20_000_000 }),
    isBlackHole: fc.boolean(),
    closeDelayMs: fc.integer({ min: 0, max: 50 }),
  },
  { requiredKeys: [] },
)
const fault = fc.record(
  {
    toTarget: direction,
    fromTarget: direction,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    isForOpenOnly: fc.boolean(),
  },
  { requiredKeys: [] },
)
const step = fc.record({
  ms: fc.integer({ min: 0, max: 60 }),
  what: fc.oneof({ weight: 3, arbitrary: fault }, { weight: 2, arbitrary: fc.nat() }),
})
const story = fc.record({ seed: fc.integer(), steps: fc.array(step, { minLength: 4, maxLength: 14 }) })

/** Bytes of which every stretch looks different, so that nothing can be left out or change places unseen. */
function bytesOf(seed: number): Buffer {
  const random = seededRandom(seed)
  return Buffer.from(Array.from({ length: BYTES }, () => Math.floor(random() * 256)))
}

/** Sends in pieces of random length, with pauses, and then says that this was all. */
async function send(socket: Socket, bytes: Buffer, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() ** 4 * 100_000)
    socket.write(bytes.subarray(at, at + length))
    at += length
    await pause(random() * 20)
  }
  socket.end()
}

function collect(socket: Socket): { readonly chunks: Buffer[]; isWhole: boolean } {
  const collected = { chunks: [] as Buffer[], isWhole: false }
  socket.on('data', chunk => collected.chunks.push(chunk))
  socket.on('end', () => {
    collected.isWhole = true
  })
  return collected
}

it('delays bytes, and never loses, doubles, changes or reorders them', { timeout: 120_000 }, async () => {
  let held = 0
  let healed = 0
  const isKept = fc.asyncProperty(story, async ({ seed, steps }) => {
    const random = seededRandom(seed)
    await using target = await Target.listen(() => {})
    await using proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: target.port })
    const peers: Peer[] = []
    const streams: { readonly sent: Buffer; readonly got: ReturnType<typeof collect> }[] = []
    const sending: Promise<void>[] = []
    const injected: InjectedFault[] = []
    const openConnection = async () => {
      const peer = new Peer(proxy.port)
      peers.push(peer)
      await until(() => target.sockets.length === peers.length)
      const sides = [peer.socket, target.sockets.at(-1)!] as const
      for (const [index, from] of sides.entries()) {
        const sent = bytesOf(seed + streams.length)
        streams.push({ sent, got: collect(sides[1 - index]!) })
        sending.push(send(from, sent, random))
      }
    }
    try {
      for (let count = 1; count < CONNECTIONS; count++) await openConnection()
      for (const { what, ms } of steps) {
        if (typeof what === 'number') injected[what % (injected.length || 1)]?.heal()
        else injected.push(proxy.inject(what as LinkFault, random))
        await pause(ms)
      }
      await openConnection() // This one begins on a broken link.
      await Promise.all(sending)
      healed += injected.filter(({ isHealed }) => isHealed).length
      for (const one of injected) one.heal()
      await until(() => streams.every(({ got }) => got.isWhole), ARRIVED_MS_MAX)
      for (const { sent, got } of streams) expect(Buffer.concat(got.chunks).equals(sent)).toBe(true)
      held += injected.reduce((sum, { bytesHeldBack }) => sum + bytesHeldBack, 0)
      await until(() => proxy.connectionCount === 0)
    } finally {
      for (const peer of peers) peer[Symbol.dispose]()
    }
  })
  await fc.assert(isKept, { numRuns: RUNS, seed: 1, endOnFailure: true })
  // Otherwise nothing was shown.
  expect(held).toBeGreaterThan(RUNS * BYTES)
  expect(healed).toBeGreaterThan(RUNS)
})
