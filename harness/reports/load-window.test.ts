import { expect, test } from 'vitest'
import { countFine } from '../ledger/fine-buckets.ts'
import { zeroBuckets, zeroCounters } from '../ledger/worker-counters.ts'
import { LoadWindow } from './load-window.ts'

test('rates are those of the span, summed over workers', () => {
  const window = new LoadWindow(5000)
  const workers = [zeroCounters(), zeroCounters()]
  for (let second = 0; second <= 6; second++) {
    window.add(second * 1000, workers, { publish: { ok: second * 7, errors: 0, latency: zeroBuckets() } })
    for (const worker of workers) {
      // Ten times as much from the fourth second on.
      worker.sent += second < 3 ? 10 : 100
      worker.acked += 5
      worker.delivered += 50
    }
  }
  expect(window.over(2000)).toMatchObject({ sent: 200, acked: 10, delivered: 100, httpAnswered: 7 })
  expect(window.over(4000).sent).toBe((20 + 3 * 200) / 4)
})

test('quantiles of the span alone', () => {
  const window = new LoadWindow(5000)
  const worker = zeroCounters()
  for (let sample = 0; sample < 100; sample++) countFine(worker.latencyFine.cross, 400)
  window.add(0, [worker], {})
  for (let sample = 0; sample < 100; sample++) countFine(worker.latencyFine.cross, 4)
  countFine(worker.latencyFine.sendLag, 1)
  window.add(1000, [worker], {})
  const { crossP50Ms, crossP99Ms, sendLagP99Ms } = window.over(1000)
  for (const told of [crossP50Ms, crossP99Ms]) expect(told).toBeCloseTo(4, 0)
  expect(sendLagP99Ms).toBeCloseTo(1, 0)
})

test('nothing is told of a window that is empty, or has one sample', () => {
  const window = new LoadWindow(5000)
  expect(window.over(1000)).toMatchObject({ sent: 0, crossP99Ms: null })
  window.add(0, [zeroCounters()], {})
  expect(window.over(1000)).toMatchObject({ sent: 0, crossP99Ms: null })
})

test('a span is taken as far back as there are samples, and no farther back than is kept', () => {
  const window = new LoadWindow(1000)
  const worker = zeroCounters()
  for (let second = 0; second <= 10; second++) {
    worker.sent = second < 8 ? 0 : (second - 7) * 10
    window.add(second * 1000, [worker], {})
  }
  expect(window.over(1000).sent).toBe(10)
  expect(window.over(60_000).sent).toBe(10)
})
