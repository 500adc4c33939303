/** Load generators that were late, or did not send what was planned. */

import { expect, test } from 'vitest'
import { samples } from '../checkers/history.ts'
import { everySecond, expectInvalid, HONEST, KILL, LOSSY, verdictOf, withSecondWorker } from './test-verdicts.ts'

test('a generator that was late', () => {
  const latencies = { ...HONEST.latencies, sendLag: everySecond(20, 200), cross: everySecond(60, 200) }
  const judgement = verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 100 })
  expectInvalid('over a tenth of the tightest latency budget (100 ms)', judgement)
  expect(judgement.generator.saturated).toBe(true)
  expect(verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 300 }).verdict).toBe('pass')
})

test('a generator that was late in a phase whose budget does not mind', () => {
  const lag = Object.fromEntries(
    Array.from({ length: 10 }, (_, slice) => [slice, new Array<number>(200).fill(slice === 3 ? 80 : 1)]),
  )
  const latencies = { ...HONEST.latencies, sendLag: lag }
  const history = { ...HONEST, faults: [KILL], latencies }
  const limits = { steady: 60, fault: 1_000 }
  expect(verdictOf(history, { crossInstanceP99Ms: limits }).generator.saturated).toBe(false)
  expect(verdictOf(history, { crossInstanceP99Ms: { ...limits, fault: 500 } }).generator.saturated).toBe(true)
})

test('one load worker of two that was late, by name, and by how much', () => {
  const latencies = { ...HONEST.latencies, sendLag: everySecond(1, 2_000) }
  const judgement = verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 100 }, withSecondWorker(samples(25, 100)))
  expectInvalid(
    'P90 of the send lag of load worker 1 is 25.0 ms, over a tenth of the tightest latency budget (100 ms)',
    judgement,
  )
  expect(judgement.generator).toMatchObject({
    saturated: true,
    workers: [
      { worker: 0, eventLoopUtilization: 0.3, plannedSends: 3, handedSends: 3 },
      { worker: 1, eventLoopUtilization: 0.4, plannedSends: 100, handedSends: 100 },
    ],
  })
  expect(judgement.generator.workers.map(({ sendLagP99Ms }) => Math.round(sendLagP99Ms!))).toEqual([1, 25])
})

test('the noise floor is told, of each load worker and of all; it says nothing of the service and makes nothing invalid', () => {
  const noise = { noiseFloor: everySecond(40, 20), idleRoundTrip: { [-1]: samples(0.1, 200) } }
  const { verdict, generator, latencyMs } = verdictOf(
    { ...HONEST, latencies: { ...HONEST.latencies, ...noise } },
    { crossInstanceP99Ms: 100 },
  )
  expect(verdict).toBe('pass')
  expect(generator.noiseFloorMs!.p50).toBeCloseTo(40, 1)
  expect(generator.idleRoundTripMs!.p99).toBeCloseTo(0.1, 2)
  expect(generator.workers[0]!.noiseFloorP99Ms).toBeCloseTo(40, 1)
  expect(Object.keys(latencyMs.run)).toEqual(['cross', 'same', 'ack', 'sendLag'])
  expect(verdictOf(HONEST).generator).toMatchObject({ noiseFloorMs: null, idleRoundTripMs: null })
})

test('a load worker with few sends, of which few were late, says nothing', () => {
  const seldom = [...samples(1, 95), ...samples(25, 5)]
  expect(verdictOf(HONEST, { crossInstanceP99Ms: 100 }, withSecondWorker(seldom)).verdict).toBe('pass')
  expect(verdictOf(HONEST, { crossInstanceP99Ms: 100 }, withSecondWorker(samples(25, 19))).verdict).toBe('pass')
})

test('a load worker that was late in a run that lost something: that is the failure', () => {
  const judgement = verdictOf(LOSSY, { crossInstanceP99Ms: 100 }, withSecondWorker(samples(25, 100)))
  expect(judgement.verdict).toBe('fail')
  expect(judgement.invalidBecause).toHaveLength(1)
})

test('a limit that is only broken by the lag of the generator', () => {
  const latencies = { ...HONEST.latencies, sendLag: everySecond(20, 200), cross: everySecond(100, 200) }
  // 20 ms in sending, and up to 36 ms in reading.
  expectInvalid('could not keep up', verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 50 }))
  expect(verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 30 }).verdict).toBe('fail')
})

test('a generator that did not hand over what was planned', () => {
  const kept = { worker: 0, eventLoopUtilization: 0.2, plannedSends: 9_000, handedSends: 9_000 }
  const generators = [kept, { worker: 1, eventLoopUtilization: 1, plannedSends: 1_000, handedSends: 980 }]
  expectInvalid(
    'load worker 1 handed over 980 of 1000 sends (98.0 %)',
    verdictOf(HONEST, {}, ledger => ({ ...ledger, generators })),
  )
})
