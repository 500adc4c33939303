import { expect, test } from 'vitest'
import { checkFault, compose, describeFault, drawShare } from './link-fault.ts'
import { seededRandom } from './test-peers.ts'

test('times add up, the narrowest bandwidth wins, one black hole is enough', () => {
  const faults = [
    { latencyMs: 10, jitterMs: 5, bytesPerSecond: 1000 },
    { latencyMs: 20, closeDelayMs: 100 },
    { jitterMs: 7, bytesPerSecond: 200, isBlackHole: true },
  ]
  expect(compose(faults)).toEqual({
    latencyMs: 30,
    jitterMs: 12,
    bytesPerSecond: 200,
    isBlackHole: true,
    closeDelayMs: 100,
  })
})

test('no fault is nothing', () => {
  expect(compose([])).toEqual({
    latencyMs: 0,
    jitterMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    isBlackHole: false,
    closeDelayMs: 0,
  })
})

test('a share is drawn without a fraction, from everybody alike, and is at least one', () => {
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const counts = [0, 0.01, 0.25, 0.5, 0.99, 1].map(share => drawShare(all, share, seededRandom(1)).length)
  expect(counts).toEqual([0, 1, 3, 5, 10, 10])
  expect(drawShare([], 0.5, seededRandom(1))).toEqual([])
  expect(drawShare(all, 0.5, seededRandom(2))).toEqual(drawShare(all, 0.5, seededRandom(2)))
  const drawn = new Map<number, number>()
  const random = seededRandom(3)
  for (let round = 0; round < 2000; round++) {
    const some = drawShare(all, 0.3, random)
    expect(new Set(some).size).toBe(3)
    for (const one of some) drawn.set(one, (drawn.get(one) ?? 0) + 1)
  }
  for (const one of all) expect(Math.abs(drawn.get(one)! - 600)).toBeLessThan(120)
})

test('what makes no sense, or needs a draw that nobody can make, is refused', () => {
  const random = () => 0
  expect(() => checkFault({ share: 1.5 }, random)).toThrow('A share is from 0 to 1, not 1.5.')
  expect(() => checkFault({ share: 0.5 }, null)).toThrow('takes a random')
  expect(() => checkFault({ toTarget: { jitterMs: 1 } }, null)).toThrow('takes a random')
  expect(() => checkFault({ toTarget: { latencyMs: -1 } }, random)).toThrow('A link cannot have latency -1 ms.')
  expect(() => checkFault({ fromTarget: { bytesPerSecond: 0 } }, random)).toThrow('bandwidth 0 B/s')
  checkFault({ toTarget: { latencyMs: 1, isBlackHole: true }, share: 1 }, null)
  checkFault({ toTarget: { jitterMs: 1 }, share: 0.5 }, random)
})

test('a fault says what it is', () => {
  expect(describeFault({ toTarget: { isBlackHole: true } })).toBe('black hole to target')
  expect(
    describeFault({
      toTarget: { latencyMs: 50, jitterMs: 10 },
      fromTarget: { bytesPerSecond: 1000, closeDelayMs: 5 },
      share: 0.5,
    }),
  ).toBe(
    'latency 50 ms to target, jitter 10 ms to target, bandwidth 1000 B/s from target, close delay 5 ms from target, on a share of 0.5',
  )
})
