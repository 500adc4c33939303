import { expect, test } from 'vitest'
import { balancerCandidates } from './compose-balancer.ts'
import { withAddress } from './compose-redis.ts'
import type { Inspected } from './compose-stack.ts'

type Published = Record<string, { HostIp: string; HostPort: string }[] | null>

function balancer(ports: Published, networks: Record<string, string>, env: string[] = []): Inspected {
  const Networks = Object.fromEntries(Object.entries(networks).map(([name, IPAddress]) => [name, { IPAddress }]))
  return { Config: { Env: env }, NetworkSettings: { Ports: ports, Networks } } as unknown as Inspected
}

test('from the machine a balancer is reached as its users reach it, else in its network; from within there alone', () => {
  const published = { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '18080' }], '8404/tcp': null }
  const found = balancer(published, { front: '172.20.0.5', back: '172.21.0.5' })
  const own = [
    { host: '172.20.0.5', port: 8080 },
    { host: '172.21.0.5', port: 8080 },
  ]
  expect(balancerCandidates(found, false)).toEqual([{ host: '127.0.0.1', port: 18080 }, ...own])
  expect(balancerCandidates(found, true)).toEqual(own)
  expect(balancerCandidates(balancer({ '8080/tcp': null }, { front: '172.20.0.5' }), false)).toEqual([own[0]])
})

test('published to everybody it is reached by loopback, and never by an address that others see', () => {
  const ports = ['0.0.0.0', '::', '192.0.2.7', '127.0.0.2'].map((HostIp, index) => ({
    HostIp,
    HostPort: `${90 + index}`,
  }))
  expect(balancerCandidates(balancer({ '80/tcp': ports }, {}, ['BALANCER_PORT=80']), false)).toEqual([
    { host: '127.0.0.1', port: 90 },
    { host: '127.0.0.2', port: 93 },
  ])
})

test('a stopped network has no address', () => {
  expect(balancerCandidates(balancer({}, { front: '' }), true)).toEqual([])
})

test('Redis is asked where its container is, with the password that the instances have', async () => {
  const find = async (service: string) => (service === 'redis' ? '172.20.0.2' : null)
  expect(await withAddress(new URL('redis://:secret@redis:6380/2'), find)).toBe('redis://:secret@172.20.0.2:6380/2')
  expect(await withAddress(new URL('rediss://u:p@eu.example.org:6379'), find)).toBe('rediss://u:p@eu.example.org:6379')
})
