import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const take = (bucket: TokenBucket, count: number, nowMs: number) =>
  Array.from({ length: count }, () => bucket.take(nowMs))

describe('a token bucket', () => {
  it('admits a burst, then refuses, then calls it a flood', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    expect(take(bucket, 8, 0)).toEqual([
      ...Array(3).fill('admitted'),
      ...Array(3).fill('refused'),
      ...Array(2).fill('flood'),
    ])
  })

  it('fills up at its rate and not beyond the burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    take(bucket, 3, 0)
    expect(take(bucket, 1, 50)).toEqual(['refused'])
    expect(bucket.waitMs(50)).toBe(50)
    expect(take(bucket, 2, 101)).toEqual(['admitted', 'refused'])
    expect(bucket.isFull(399)).toBe(false)
    expect(bucket.isFull(401)).toBe(true)
    expect(take(bucket, 4, 1_000_000)).toEqual(['admitted', 'admitted', 'admitted', 'refused'])
  })

  it('only refuses who tries again at some pace', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 32 }, 0)
    const admissions = Array.from({ length: 100 }, (_, round) => take(bucket, 8, round * 100)).flat()
    expect(new Set(admissions)).toEqual(new Set(['admitted', 'refused']))
  })

  it('never admits more than a burst and the rate times the time', () => {
    const given = [fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(500))] as const
    fc.assert(
      fc.property(...given, (perSecond, burst, pausesMs) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0)
        let nowMs = 0
        let admitted = 0
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs
          if (bucket.take(nowMs) === 'admitted') admitted++
        }
        expect(admitted).toBeLessThanOrEqual(burst + (perSecond * nowMs) / 1000 + 1e-6)
      }),
    )
  })

  it('admits everything at its rate', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 0)
    for (let index = 0; index < 100; index++) expect(bucket.take(index * 100)).toBe('admitted')
  })
})
