import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BALANCER_FILE, balancerEnvironment, serversConfiguration } from './balancer-configuration.ts'

test('processes are servers by their addresses', () => {
  const servers = [
    { name: 'chat-1', host: '127.0.0.1', port: 20_001 },
    { name: 'chat-2', host: '127.0.0.1', port: 20_003 },
  ]
  expect(serversConfiguration(servers, 'address')).toBe(
    [
      '# The instances of this run. Everything else is in stack/haproxy/haproxy.cfg.',
      'backend chat',
      '  server chat-1 127.0.0.1:20001',
      '  server chat-2 127.0.0.1:20003',
      '',
    ].join('\n'),
  )
})

test('containers are servers by their names, which may have no address yet and another one later', () => {
  const text = serversConfiguration([{ name: 'chat-1', host: 'chat-1', port: 8080 }], 'name')
  expect(text).toContain('\nresolvers engine\n  nameserver engine 127.0.0.11:53\n')
  expect(text).toContain(
    '\nbackend chat\n  server chat-1 chat-1:8080 resolvers engine resolve-prefer ipv4 init-addr libc,none\n',
  )
})

test('every variable of the shared file is set, and no other', () => {
  const settings = { host: '127.0.0.1', port: 20_001, metricsPort: 20_002, connectionsMax: 700 }
  expect(balancerEnvironment(settings)).toEqual({
    BALANCER_HOST: '127.0.0.1',
    BALANCER_PORT: '20001',
    BALANCER_METRICS_PORT: '20002',
    BALANCER_CONNECTIONS_MAX: '700',
  })
  const shared = readFileSync(BALANCER_FILE, 'utf8')
  const used = [...shared.matchAll(/\$\{(\w+)/g)].map(match => match[1])
  expect([...new Set(used)].sort()).toEqual(Object.keys(balancerEnvironment(settings)).sort())
  // The servers are of a file of their own.
  expect(shared).toContain('default_backend chat')
  expect(shared).not.toMatch(/^\s*(?:backend|server) /m)
})
