import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { measureAddedLatency } from './added-latency.ts'
import { Peer, Target } from './test-peers.ts'

const ROLES = join(import.meta.dirname, 'test-flood.ts')
const BYTES = 1024 * 1024 * 1024
const MB = 1_000_000
const MB_PER_CPU_SECOND_MIN = 200

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`It has ended with ${code}.`)))
  return (await Promise.race([once(child, 'message'), ended]))[0]
}

test('a proxy that has no descriptors left says so, and is not taken for a target that is down', async () => {
  await using target = await Target.echo()
  const command = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, ROLES, 'proxy', String(target.port)]
  const proxy = spawn('sh', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const peers: Peer[] = []
  try {
    const port = await answerOf<number>(proxy)
    const brokenBy = async () => {
      proxy.send('state')
      return (await answerOf<{ brokenBy: string[] }>(proxy)).brokenBy
    }
    expect(await brokenBy()).toEqual([])
    for (let count = 0; count < 100; count++) peers.push(new Peer(port))
    await vi.waitUntil(async () => (await brokenBy()).length > 0, { timeout: 10_000 })
    expect((await brokenBy())[0]).toMatch(/^the proxy itself has failed \(.*EMFILE/)
  } finally {
    proxy.kill('SIGKILL')
    for (const peer of peers) peer[Symbol.dispose]()
  }
})

test('a proxy with no fault passes 200 MB a second on one core', async () => {
  await using things = new AsyncDisposableStack()
  const start = (...role: string[]) => {
    const child = fork(ROLES, role)
    things.defer(() => void child.kill('SIGKILL'))
    return child
  }
  const cpuSeconds = async () => {
    proxy.send('cpu')
    const { user, system } = await answerOf<NodeJS.CpuUsage>(proxy)
    return (user + system) / 1e6
  }
  const sink = start('sink')
  const proxy = start('proxy', String(await answerOf(sink)))
  const port = await answerOf<number>(proxy)
  const [before, startedAtMs] = [await cpuSeconds(), performance.now()]
  start('source', String(port), String(BYTES))
  const bytes = await answerOf<number>(sink)
  const mbPerCpuSecond = bytes / MB / ((await cpuSeconds()) - before)
  const mbPerSecond = (bytes / MB / (performance.now() - startedAtMs)) * 1000
  console.log(`${mbPerCpuSecond.toFixed(0)} MB per CPU second of the proxy, ${mbPerSecond.toFixed(0)} MB per second`)
  expect(bytes).toBeGreaterThanOrEqual(BYTES)
  expect(mbPerCpuSecond).toBeGreaterThanOrEqual(MB_PER_CPU_SECOND_MIN)
})

test('what a proxy adds to a round trip is measured: little without a fault, and a fault that is on it', async () => {
  const plain = await measureAddedLatency({ roundTrips: 300 })
  console.log(JSON.stringify(plain))
  expect(plain.addedP50Ms).toBeGreaterThan(0)
  expect(plain.addedP50Ms).toBeLessThan(5)
  expect(plain.direct.p50Ms).toBeGreaterThan(0)
  expect(plain.proxied.p99Ms).toBeGreaterThanOrEqual(plain.proxied.p50Ms)
  const delayed = await measureAddedLatency({ roundTrips: 20, fault: { toTarget: { latencyMs: 10 } } })
  expect(delayed.addedP50Ms).toBeGreaterThan(9)
  expect(delayed.direct.p50Ms).toBeLessThan(9)
})
