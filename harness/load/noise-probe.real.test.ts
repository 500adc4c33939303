import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mergeKind } from '../checkers/latency.ts'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import { monotonicMs } from '../monotonic.ts'
import { EchoServer } from './echo-server.ts'
import { NoiseProbe } from './noise-probe.ts'

const LOAD_MS = 1_000
const LEAD_MS = 300
const BLOCKED_MS = 250

async function measure(duringLoad: () => void) {
  using echo = await EchoServer.start()
  const histograms = new LatencyHistograms(3)
  using probe = await NoiseProbe.open({ port: echo.port, histograms, loadMs: LOAD_MS })
  probe.begin(monotonicMs() + LEAD_MS)
  await sleep(LEAD_MS + LOAD_MS / 2)
  duringLoad()
  await sleep(LOAD_MS)
  const records = histograms.flush(Infinity)
  return {
    slices: records.filter(({ kind }) => kind === 'noiseFloor').map(({ slice }) => slice),
    load: mergeKind(records, 'noiseFloor').summary(),
    idle: mergeKind(records, 'idleRoundTrip').summary(),
  }
}

test('measures round trips before the load, and twenty a second in it', async () => {
  const { slices, load, idle } = await measure(() => {})
  expect(slices).toEqual([0])
  expect(load.count).toBe(20)
  expect(idle.count).toBeGreaterThan(10)
  expect(idle.count).toBeLessThanOrEqual(200)
  expect(idle.p50).toBeLessThan(50)
})

test('counts from the intended time: a worker that stands still is seen in every probe that it held up', async () => {
  const { load } = await measure(() => {
    const untilMs = monotonicMs() + BLOCKED_MS
    while (monotonicMs() < untilMs);
  })
  expect(load.count).toBe(20)
  expect(load.max).toBeGreaterThan(BLOCKED_MS - 60)
  // Five of them were due meanwhile.
  expect(load.p90).toBeGreaterThan(50)
})
