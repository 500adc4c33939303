import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { sampleMemory } from './memory-samples.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

async function serve(name: string, listener: RequestListener) {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { name, host: '127.0.0.1', metricsPort: (server.address() as AddressInfo).port }
}

/** What prom-client writes, in parts. */
function exposition(bytes: number | string): string {
  return [
    '# HELP process_resident_memory_bytes Resident memory size in bytes.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${bytes}`,
    'process_virtual_memory_bytes 99',
    '',
  ].join('\n')
}

/** A clock that steps on by a second at each look, and a run that ends once `enough` says so. */
function run(enough: () => boolean) {
  const end = new AbortController()
  let atMs = 0
  const now = () => {
    if (enough()) end.abort()
    return atMs++
  }
  return { end, now }
}

test('takes each instance’s memory at every look, with its time, until the end', async () => {
  let looks = 0
  const first = await serve('chat-1', (request, response) => {
    expect(request.url).toBe('/metrics')
    response.end(exposition(1_000_000 + looks++))
  })
  const second = await serve('chat-2', (_, response) => response.end(exposition('5.5e+07')))
  const { end, now } = run(() => looks >= 3)
  const samples = await sampleMemory({ instances: [first, second], now, everyMs: 0 }, end.signal)
  const of = (name: string) => samples.filter(({ instance }) => instance === name)
  expect(of('chat-1').map(({ residentBytes }) => residentBytes)).toEqual([1_000_000, 1_000_001, 1_000_002])
  expect(of('chat-2').map(({ residentBytes }) => residentBytes)).toEqual([5.5e7, 5.5e7, 5.5e7])
  const times = of('chat-1').map(({ atMs }) => atMs)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(of('chat-2').map(({ atMs }) => atMs)).toEqual(times)
})

test('an instance that is down, answers something else or not at all gives no samples, and does not hinder the others', async () => {
  let looks = 0
  const good = await serve('chat-1', (_, response) => response.end(exposition(1 + looks++)))
  const down = await serve('chat-2', () => {})
  const refused = servers.pop()!
  await new Promise(resolve => refused.close(resolve))
  const busy = await serve('chat-3', (_, response) => response.writeHead(503).end(exposition(7)))
  const strange = await serve('chat-4', (_, response) => response.end('process_virtual_memory_bytes 99\n'))
  const broken = await serve('chat-5', (_, response) => response.end(exposition('NaN')))
  const { end, now } = run(() => looks >= 2)
  const instances = [down, busy, strange, broken, good]
  const samples = await sampleMemory({ instances, now, everyMs: 0 }, end.signal)
  expect(samples.map(({ instance }) => instance)).toEqual(['chat-1', 'chat-1'])
})

test('an instance that comes back is looked at again', async () => {
  let looks = 0
  const flaky = await serve('chat-1', (_, response) => {
    looks++
    if (looks === 2) response.destroy()
    else response.end(exposition(looks))
  })
  const { end, now } = run(() => looks >= 3)
  const samples = await sampleMemory({ instances: [flaky], now, everyMs: 0 }, end.signal)
  expect(samples.map(({ residentBytes }) => residentBytes)).toEqual([1, 3])
})

test('ends at once at the abort, also while an instance does not answer', async () => {
  const end = new AbortController()
  const silent = await serve('chat-1', () => end.abort())
  expect(await sampleMemory({ instances: [silent], now: () => 0 }, end.signal)).toEqual([])
  expect(await sampleMemory({ instances: [silent], now: () => 0 }, AbortSignal.abort())).toEqual([])
})
