import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planHttp } from './plan-http.ts'

test('connections are dealt over the instances, begin in even steps, and publish into rooms of their own', () => {
  const planned = planHttp([{ path: 'publish', requestsPerSecond: 10, connections: 4 }], {
    instances: 2,
    seconds: 5,
    warmUpSeconds: 0,
  })
  expect(planned).toEqual([
    { path: 'publish', instance: 0, atMs: 0, requestsPerSecond: 2, requests: 10, room: 'http-1' },
    { path: 'publish', instance: 1, atMs: 250, requestsPerSecond: 3, requests: 15, room: 'http-2' },
    { path: 'publish', instance: 0, atMs: 500, requestsPerSecond: 2, requests: 10, room: 'http-3' },
    { path: 'publish', instance: 1, atMs: 750, requestsPerSecond: 3, requests: 15, room: 'http-4' },
  ])
})

test('unless told, four connections to an instance, or one to each request of a second', () => {
  const count = (requestsPerSecond: number) =>
    planHttp([{ path: 'readyz', requestsPerSecond }], { instances: 3, seconds: 5, warmUpSeconds: 0 }).length
  expect([count(100), count(12), count(5)]).toEqual([12, 12, 5])
})

test('several paths do not begin at the same moment', () => {
  const planned = planHttp(
    [
      { path: 'readyz', requestsPerSecond: 4, connections: 4 },
      { path: 'metrics', requestsPerSecond: 4, connections: 4 },
    ],
    { instances: 2, seconds: 5, warmUpSeconds: 0 },
  )
  expect(new Set(planned.map(({ atMs }) => atMs)).size).toBe(8)
  expect(planned.every(({ room }) => room === null)).toBe(true)
})

test('a second that is cut short still has its share, if it begins in time', () => {
  const [first, second] = planHttp([{ path: 'readyz', requestsPerSecond: 2, connections: 2 }], {
    instances: 1,
    seconds: 2.4,
    warmUpSeconds: 0,
  })
  expect([first!.requests, second!.requests]).toEqual([3, 2])
})

test('a warm-up of whole seconds comes before', () => {
  const size = { instances: 1, seconds: 2, warmUpSeconds: 3.5 }
  const [first, second] = planHttp([{ path: 'readyz', requestsPerSecond: 4, connections: 2 }], size)
  expect(first).toMatchObject({ atMs: -3000, requests: 10 })
  expect(second).toMatchObject({ atMs: -2500, requests: 10 })
})

test('whatever the sizes: the rate is the rate, nobody is idle, every instance is asked', () => {
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 40 }))
    .map(([instances, more, spare]) => ({ instances, connections: instances + spare, rate: instances + spare + more }))
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 100 }), ({ instances, connections, rate }, seconds) => {
      const planned = planHttp([{ path: 'readyz', requestsPerSecond: rate, connections }], {
        instances,
        seconds,
        warmUpSeconds: 0,
      })
      expect(planned.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0)).toBe(rate)
      expect(planned.reduce((sum, { requests }) => sum + requests, 0)).toBe(rate * seconds)
      expect(planned.every(({ requestsPerSecond }) => requestsPerSecond >= 1)).toBe(true)
      expect(new Set(planned.map(({ instance }) => instance)).size).toBe(instances)
      expect(planned.every(({ atMs }) => atMs >= 0 && atMs < 1000)).toBe(true)
    }),
  )
})
