import { expect, test } from 'vitest'
import type { ConnectionRecord, Ledger } from '../ledger/ledger.ts'
import { type ClientSketch, type HistorySketch, history, samples } from './history.ts'
import { measureRecovery, NOT_RECOVERED } from './recovery.ts'

const FAULT = {
  kind: 'kill-instance',
  target: 'chat-2',
  firedAtMs: 3_000,
  effectAtMs: 3_020,
  healedAtMs: 4_400,
} as const
const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

function connection(instance: number, openedAtMs: number, closedAtMs: number | null, firstCrossAtMs: number | null) {
  const closeCode = closedAtMs === null ? null : 1006
  return { instance, openedAtMs, closedAtMs, closeCode, draining: false, firstCrossAtMs } satisfies ConnectionRecord
}

/** A client of chat-2 that loses its connection and comes back on chat-1. */
function hitClient(lostAtMs: number, backAtMs: number | null, firstCrossAtMs: number | null = null): ClientSketch {
  const connections = [connection(1, -900, lostAtMs, -800)]
  if (backAtMs !== null) connections.push(connection(0, backAtMs, null, firstCrossAtMs))
  return { streams: { lobby: '' }, connections }
}

function withRejoin(ledger: Ledger, client: number, answeredAtMs: number | null): Ledger {
  const join = { connection: 1, askedAtMs: 0, answeredAtMs, position: { epoch: 'a', seq: 0 }, complete: true }
  const clients = ledger.clients.map((record, index) =>
    index !== client
      ? record
      : { ...record, memberships: record.memberships.map(of => ({ ...of, joins: [...of.joins, join] })) },
  )
  return { ...ledger, clients }
}

function measure(sketch: HistorySketch, rejoins: Record<number, number | null> = {}, limitMs: number | null = 100) {
  const built = history({ faults: [FAULT], ...sketch })
  let { ledger } = built
  for (const [client, atMs] of Object.entries(rejoins)) ledger = withRejoin(ledger, Number(client), atMs)
  return measureRecovery(built.plan, ledger, limitMs)[0]!
}

function everySecond(valueMs: number, exceptions: Record<number, number[]> = {}) {
  return { cross: { ...Object.fromEntries(SECONDS.map(second => [second, samples(valueMs, 10)])), ...exceptions } }
}

test('measures from the observed effect', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100, 3_300), cleo: hitClient(3_050, 3_150, 3_250) }
  const recovery = measure({ clients, latencies: everySecond(10) }, { 1: 3_110, 2: 3_220 })
  expect(recovery).toEqual({
    fromMs: 3_020,
    detectMs: 10,
    reconnectMs: 200,
    firstCrossMs: 230,
    steadyMs: 1_980,
    clientsHit: 2,
  })
})

test('from the first client that noticed, where that was before the harness saw the effect', () => {
  const clients = { ann: '', bob: hitClient(3_005, 3_008, 3_010) }
  const recovery = measure({ clients, latencies: everySecond(10) }, { 1: 3_009 })
  expect(recovery).toMatchObject({ fromMs: 3_005, detectMs: 0, reconnectMs: 4, firstCrossMs: 5, steadyMs: 1_995 })
})

test('connections that closed before the fault, or on another instance, were not hit', () => {
  const elsewhere = {
    streams: { lobby: '' },
    connections: [connection(0, -900, 3_030, null), connection(1, 3_040, null, 1)],
  }
  const clients = { ann: elsewhere, bob: hitClient(2_000, 2_100) }
  expect(measure({ clients })).toMatchObject({ detectMs: null, reconnectMs: null, firstCrossMs: null, clientsHit: 0 })
})

test('one client that never came back censors the reconnect', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100), cleo: hitClient(3_050, null) }
  expect(measure({ clients }, { 1: 3_110 })).toMatchObject({ detectMs: 10, reconnectMs: null, clientsHit: 2 })
})

test('an unanswered join is no reconnect', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  expect(measure({ clients }, { 1: null }).reconnectMs).toBeNull()
})

test('a fault that did not fire has no recovery', () => {
  const faults = [{ ...FAULT, firedAtMs: null, effectAtMs: null, status: 'not-fired' as const }]
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  expect(measure({ clients, faults, latencies: everySecond(10) })).toEqual(NOT_RECOVERED)
})

test('steady again waits for three seconds in a row within the limit', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  const latencies = everySecond(10, { 6: samples(400, 10) })
  expect(measure({ clients, latencies }).steadyMs).toBe(7_000 - 3_020)
  expect(measure({ clients, latencies }, {}, null).steadyMs).toBe(5_000 - 3_020)
})

test('where a fault has driven everybody to one instance, deliveries within it count', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  const { cross: same } = everySecond(10, { 5: samples(300, 10) })
  expect(measure({ clients, latencies: { same } }).steadyMs).toBe(6_000 - 3_020)
})

test('a second without samples is not steady', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  expect(measure({ clients, latencies: everySecond(10, { 5: [] }) }).steadyMs).toBe(6_000 - 3_020)
})

test('a second in which somebody was disconnected is not steady', () => {
  const clients = { ann: '', bob: hitClient(3_030, 6_500) }
  expect(measure({ clients, latencies: everySecond(10) }).steadyMs).toBe(7_000 - 3_020)
  const gone = { ann: '', bob: hitClient(3_030, null) }
  expect(measure({ clients: gone, latencies: everySecond(10) }).steadyMs).toBeNull()
})

test('not steady before the load ends: censored', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  expect(measure({ clients, latencies: everySecond(10, { 7: [500] }) }).steadyMs).toBeNull()
})

test('never healed: not steady again, unless no healing was planned', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  const latencies = everySecond(10)
  expect(measure({ clients, latencies, faults: [{ ...FAULT, healedAtMs: null }] }).steadyMs).toBeNull()
  const forGood = [{ ...FAULT, healedAtMs: null, heals: false }]
  expect(measure({ clients, latencies, faults: forGood }).steadyMs).toBe(4_000 - 3_020)
})

test('stopped for good: steady again is looked for from the exit on, not during the drain', () => {
  const clients = { ann: '', bob: hitClient(3_030, 3_100) }
  const exit = { code: 0, signal: null, afterMs: 3_500 }
  const stop = { ...FAULT, kind: 'stop-instance', effectAtMs: 3_000, healedAtMs: null, heals: false, exit } as const
  const latencies = everySecond(10)
  expect(measure({ clients, latencies, faults: [stop] }).steadyMs).toBe(7_000 - 3_000)
  expect(measure({ clients, latencies, faults: [{ ...stop, exit: null }] }).steadyMs).toBeNull()
})

test('of an instance that stays down, a connection is lost to the fault however late it closes', () => {
  const clients = { ann: '', bob: hitClient(7_500, 7_600) }
  expect(measure({ clients, faults: [{ ...FAULT, healedAtMs: null, heals: false }] }).clientsHit).toBe(1)
})

test.each([
  ['chat-1', 1],
  ['chat-2', 1],
  ['chat-1+chat-2', 2],
  ['redis', 2],
  ['clients', 2],
])('a fault on %s hits %i of two clients that lost their connections', (target, clientsHit) => {
  const ann = {
    streams: { lobby: '' },
    connections: [connection(0, -900, 3_040, -800), connection(1, 3_100, null, 3_200)],
  }
  const clients = { ann, bob: hitClient(3_060, 3_100) }
  const recovery = measure({ clients, faults: [{ ...FAULT, target }] })
  expect(recovery.clientsHit).toBe(clientsHit)
  expect(recovery.detectMs).toBe(target === 'chat-2' ? 40 : 20)
})

test('who gives up a connection to go home was not hit', () => {
  const bob = { ...hitClient(15_010, 15_050), wentHomeAtMs: 15_000 }
  const faults = [{ ...FAULT, target: 'redis', healedAtMs: null, restart: false }]
  expect(measure({ clients: { ann: '', bob }, faults }).clientsHit).toBe(0)
  expect(measure({ clients: { ann: '', bob: { ...bob, wentHomeAtMs: 15_020 } }, faults }).clientsHit).toBe(1)
})
