import { expect, test } from 'vitest'
import { endpointOf, urlThrough } from './links.ts'
import { layOutPorts, portsNeeded } from './port-layout.ts'

test('a URL keeps user, password and database by way of a proxy', () => {
  const proxy = { host: '172.18.0.1', port: 20_005 }
  expect(urlThrough('redis://user:se%40cret@redis.example:6380/2', proxy)).toBe(
    'redis://user:se%40cret@172.18.0.1:20005/2',
  )
  expect(urlThrough('redis://localhost', proxy)).toBe('redis://172.18.0.1:20005')
})

test("the target of a proxy is the URL's host and port, or Redis' usual one", () => {
  expect(endpointOf('redis://user:secret@redis.example:6380/2')).toEqual({ host: 'redis.example', port: 6380 })
  expect(endpointOf('redis://[::1]')).toEqual({ host: '::1', port: 6379 })
})

test.each([
  [{ clients: false, redis: false }, 5],
  [{ clients: true, redis: false }, 7],
  [{ clients: false, redis: true }, 7],
  [{ clients: true, redis: true }, 9],
])('with the links %j two instances take %i ports, each one once', (links, count) => {
  const size = { instances: 2, links }
  expect(portsNeeded(size)).toBe(count)
  const ports = Array.from({ length: count }, (_, index) => 20_000 + index)
  const { redisPort, instances } = layOutPorts(ports, size)
  const used = instances.flatMap(({ port, directPort, metricsPort, redisLinkPort }) => [
    ...(links.clients ? [port, directPort] : [directPort]),
    metricsPort,
    ...(links.redis ? [redisLinkPort] : []),
  ])
  expect([redisPort, ...used].sort()).toEqual(ports)
  expect(instances.every(({ port, directPort }) => (port !== directPort) === links.clients)).toBe(true)
  expect(instances.map(({ name }) => name)).toEqual(['chat-1', 'chat-2'])
})

test('without links nothing is proxied', () => {
  expect(layOutPorts([1, 2, 3], { instances: 1 })).toEqual({
    redisPort: 1,
    balancer: null,
    instances: [{ name: 'chat-1', host: '127.0.0.1', port: 2, directPort: 2, metricsPort: 3, redisLinkPort: null }],
  })
})

test('a balancer has two ports, whatever the number of instances', () => {
  const size = { instances: 1, balancer: { connectionsMax: 100 } }
  expect(portsNeeded(size)).toBe(5)
  expect(layOutPorts([1, 2, 3, 4, 5], size)).toMatchObject({
    redisPort: 1,
    balancer: { port: 2, metricsPort: 3 },
    instances: [{ port: 4, directPort: 4, metricsPort: 5 }],
  })
})
