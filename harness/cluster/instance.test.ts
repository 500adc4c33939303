import { expect, test } from 'vitest'
import type { ClusterOptions } from './cluster.ts'
import { urlFromContainer } from './docker-network.ts'
import { type Instance, instanceEnvironment, instanceNames, startInstances } from './instance.ts'
import { tail } from './instance-log.ts'
import { Life } from './life.ts'

const settings = {
  name: 'chat-1',
  host: '127.0.0.1',
  port: 20001,
  directPort: 20001,
  metricsPort: 20002,
  redisUrl: 'redis://r:1',
}

test('instances are counted from one', () => {
  expect(instanceNames(3)).toEqual(['chat-1', 'chat-2', 'chat-3'])
})

test("the scenario's environment wins", () => {
  const options = { environment: { LOG_LEVEL: 'debug', EXTRA: '1' } } as unknown as ClusterOptions
  expect(instanceEnvironment(settings, options)).toEqual({
    INSTANCE_NAME: 'chat-1',
    HOST: '127.0.0.1',
    PORT: '20001',
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: '20002',
    REDIS_URL: 'redis://r:1',
    GUESTS: 'allow',
    FRAMES_PER_SECOND: '1000000',
    FRAMES_BURST: '1000000',
    LOG_LEVEL: 'debug',
    EXTRA: '1',
  })
})

test('behind a balancer an instance waits until that has seen that it goes, unless the scenario says otherwise', () => {
  const noticeOf = (environment: Record<string, string>) => {
    const options = { environment, balancer: { connectionsMax: 100 } } as unknown as ClusterOptions
    return instanceEnvironment(settings, options).DRAIN_NOTICE_MS
  }
  expect(noticeOf({})).toBe('3000')
  expect(noticeOf({ DRAIN_NOTICE_MS: '0' })).toBe('0')
})

test("a container reaches the host's loopback under another name", () => {
  expect(urlFromContainer('redis://user:secret@127.0.0.1:6380/2')).toBe(
    'redis://user:secret@host.docker.internal:6380/2',
  )
  expect(urlFromContainer('rediss://example.org:6379')).toBe('rediss://example.org:6379')
})

test('a tail is the last fifteen lines', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`)
  expect(tail(`${lines.join('\n')}\n`)).toEqual(lines.slice(5))
  expect(tail('')).toEqual([])
})

test('a life ends once, and tells later askers too', async () => {
  const life = new Life('chat-1')
  life.end({ code: null, signal: 'SIGKILL', atMs: 5 })
  life.end({ code: 0, signal: null, atMs: 6 })
  expect(life.isRunning).toBe(false)
  expect(await life.endedWithin(1)).toEqual({ code: null, signal: 'SIGKILL', atMs: 5 })
})

test('a life that goes on is told as such', async () => {
  await expect(new Life('chat-1').endedWithin(1)).rejects.toThrow('chat-1 has not ended within 1 ms.')
})

test('the first failure of a start is the one that is thrown, and the others are not waited for', async () => {
  await expect(startInstances([stubInstance(new Error('no room')), stubInstance(null)], null)).rejects.toThrow(
    'no room',
  )
})

/** Fails when launched, or else runs and never gets ready. */
function stubInstance(failure: Error | null): Instance {
  let life: Life | null = null
  return {
    address: { name: 'chat-1', host: '127.0.0.1', port: 1, directPort: 1, metricsPort: 1 },
    logPath: '',
    get life() {
      return life
    },
    launch: async () => {
      if (failure !== null) throw failure
      life = new Life('chat-1')
    },
    kill: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    resume: () => Promise.resolve(),
    isPaused: () => Promise.resolve(false),
    stressCpu: () => Promise.reject(new Error('not asked for')),
    stressResidue: () => Promise.resolve(null),
    logWritten: () => Promise.resolve(),
  }
}
