import { expect, test } from 'vitest'
import type { ConnectionRecord } from '../ledger/ledger.ts'
import { type ClientSketch, type FaultSketch, history } from './history.ts'
import { checkReconnects } from './reconnects.ts'

/** Opened at these times, on chat-1 but for those of chat-2; the first is no reconnect. */
function client(openedAtMs: readonly number[], more: Partial<ClientSketch> = {}, instance = 0): ClientSketch {
  const connections = openedAtMs.map((atMs, index): ConnectionRecord => {
    const closedAtMs = openedAtMs[index + 1] ?? null
    return { instance, openedAtMs: atMs, closedAtMs, closeCode: null, draining: false, firstCrossAtMs: null }
  })
  return { streams: { lobby: '' }, connections, ...more }
}

function judge(clients: Record<string, ClientSketch>, faults: readonly FaultSketch[] = []) {
  const { run, phases } = history({ clients, faults })
  return checkReconnects(run, phases)
}

test('first connections are no reconnects', () => {
  const { reconnectsPerSecondMax, reconnects } = judge({ ann: client([-900]), bob: client([-900]) })
  expect(reconnectsPerSecondMax.count).toBe(0)
  expect(reconnects).toBe(0)
})

test('counts those of the busiest second of the clock, over all clients and instances', () => {
  const { reconnectsPerSecondMax, reconnects } = judge({
    ann: client([-900, 3_000, 3_999]),
    bob: client([-900, 3_500, 5_100], {}, 1),
    cleo: client([-900, 4_000, 5_200]),
  })
  expect(reconnects).toBe(6)
  expect(reconnectsPerSecondMax).toMatchObject({ count: 3, breakdown: { instance: { 'chat-1': 2, 'chat-2': 1 } } })
  expect(reconnectsPerSecondMax.examples[0]).toMatchObject({
    what: '2 of 3 connections opened again in the second from 3 s on',
    moment: 'steady',
  })
})

test('a second begins at its own start, not at the first reconnect', () => {
  expect(judge({ ann: client([-900, 3_900]), bob: client([-900, 4_100]) }).reconnectsPerSecondMax.count).toBe(1)
})

test('tells of the faults that touch that second', () => {
  const { reconnectsPerSecondMax } = judge({ ann: client([-900, 3_700]) }, [{ firedAtMs: 3_600 }])
  expect(reconnectsPerSecondMax.examples[0]!.fault).toBe('kill-instance chat-2')
})

test('the warm-up counts too', () => {
  expect(judge({ ann: client([-900, -300]), bob: client([-900, -200]) }).reconnectsPerSecondMax.count).toBe(2)
})

test('going home does not count, but what comes before it, and at the roll call, does', () => {
  const home = { wentHomeAtMs: 15_000 }
  const wave = [-900, 15_100]
  expect(judge({ ann: client(wave, home), bob: client(wave, home) }).reconnectsPerSecondMax.count).toBe(0)
  expect(judge({ ann: client(wave, home), bob: client(wave) }).reconnectsPerSecondMax.count).toBe(1)
  expect(judge({ ann: client([-900, 14_900], home) }).reconnectsPerSecondMax.count).toBe(1)
  expect(judge({ ann: client([-900, 20_000], home) }).reconnectsPerSecondMax.count).toBe(1)
  expect(judge({ ann: client([-900, 15_100, 15_900], home) }).reconnectsPerSecondMax.count).toBe(1)
})
