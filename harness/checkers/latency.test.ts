import { expect, test } from 'vitest'
import { history, samples } from './history.ts'
import { deliveryP99BySlice, mergeLatencies, samplesNeeded } from './latency.ts'
import { allSteady, mapPhases } from './phases.ts'

const faults = [{ firedAtMs: 2_000, healedAtMs: 3_000 }]

test('puts slices together into phases and the whole run', () => {
  const cross = { [-1]: samples(900, 50), 0: samples(5, 60), 1: samples(7, 40), 2: [100, 200], 3: [30], 10: [999] }
  const { plan, ledger } = history({ clients: {}, faults, latencies: { cross, ack: { 0: [2] } } })
  const merged = mergeLatencies(ledger.latencies, mapPhases(plan, ledger.faults, [4_000]))

  expect(merged.steady.cross.count).toBe(100)
  expect(merged.steady.cross.quantileMs('P50')).toBeCloseTo(5, 1)
  expect(merged.steady.cross.quantileMs('P99')).toBeCloseTo(7, 1)
  expect(merged.fault.cross.summary()).toMatchObject({ count: 2, overflow: 0 })
  expect(merged.fault.cross.quantileMs('Max')).toBeCloseTo(200, 0)
  expect(merged.recovery.cross.count).toBe(1)
  // Neither the warm-up's 900 ms nor the 999 ms after the load.
  expect(merged.run.cross.count).toBe(103)
  expect(merged.run.cross.quantileMs('Max')).toBeCloseTo(200, 0)
  expect(merged.run.ack.count).toBe(1)
})

test('several records of one slice are added up', () => {
  const { ledger } = history({ clients: {}, latencies: { cross: { 0: [1] } } })
  const phases = allSteady(1_000)
  const merged = mergeLatencies([...ledger.latencies, ...ledger.latencies], phases)
  expect(merged.steady.cross.count).toBe(2)
})

test('without samples there is no quantile', () => {
  const merged = mergeLatencies([], allSteady(1_000))
  expect(merged.run.same.summary()).toEqual({
    p50: null,
    p90: null,
    p99: null,
    p999: null,
    max: null,
    count: 0,
    overflow: 0,
  })
})

test('more than a minute is a minute, and counted', () => {
  const { ledger } = history({ clients: {}, latencies: { cross: { 0: [70_000] } } })
  const merged = mergeLatencies(ledger.latencies, allSteady(1_000))
  expect(merged.run.cross.summary()).toMatchObject({ max: 60_000, overflow: 1, count: 1 })
})

test('the 99th percentile of each second: across instances, or within one where nothing goes across', () => {
  const latencies = { cross: { 0: samples(5, 100), 2: [80] }, same: { 0: [900], 1: [30], 2: [1] }, ack: { 3: [1] } }
  const { ledger } = history({ clients: {}, latencies })
  const p99s = deliveryP99BySlice(ledger.latencies)
  expect([...p99s.keys()].sort()).toEqual([0, 1, 2])
  expect(p99s.get(0)).toBeCloseTo(5, 1)
  expect(p99s.get(1)).toBeCloseTo(30, 1)
  expect(p99s.get(2)).toBeCloseTo(80, 0)
})

test('a damaged histogram is an error, not a zero', () => {
  const { ledger } = history({ clients: {}, latencies: { cross: { 0: [1] } } })
  const damaged = ledger.latencies.map(record => ({ ...record, histogram: record.histogram.slice(0, -12) }))
  expect(() => mergeLatencies(damaged, allSteady(1_000))).toThrow()
})

test.each([
  ['P50', 20],
  ['P90', 100],
  ['P99', 1_000],
  ['P999', 10_000],
  ['Max', 1],
] as const)('%s needs %d samples', (quantile, count) => {
  expect(samplesNeeded(quantile)).toBe(count)
})
