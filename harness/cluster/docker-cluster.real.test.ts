import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { ClusterError } from './cluster.ts'
import { startDockerCluster } from './docker-cluster.ts'
import { type Engine, findEngine, RUN_LABEL } from './docker-engine.ts'
import { isPortFree } from './ports.ts'
import { chooseDriver, startCluster } from './start-cluster.ts'
import { makeStubService } from './stub-service.ts'

// The first test builds the stub's image; the others allow for busy cores.
vi.setConfig({ testTimeout: 60_000 })

const stub = makeStubService()
afterAll(() => stub[Symbol.dispose]())

const answer = await findEngine()
if (answer.engine === null) throw new Error(`These tests need a Docker engine: ${answer.problem}`)
const engine = answer.engine

async function thingsOf(runId: string, on: Engine): Promise<string[]> {
  const filters = { label: [`${RUN_LABEL}=${runId}`] }
  const containers = await on.listContainers({ all: true, filters })
  const networks = await on.listNetworks({ filters })
  return [...containers.map(found => found.Names[0]!), ...networks.map(found => found.Name)].sort()
}

test('a container is killed, seen to end, started again on its ports, and nothing is left at the end', async () => {
  const options = stub.options()
  const cluster = await startDockerCluster(engine, stub.projectFolder, options)
  const { runId } = options
  const [chat1] = cluster.instances
  expect(cluster.redisVersion).toMatch(/^\d+\.\d+\.\d+/)
  expect(await cluster.residue()).toEqual([])
  expect(await thingsOf(runId, engine)).toEqual([`/${runId}-chat-1`, `/${runId}-chat-2`, `/${runId}-redis`, runId])

  const exited = cluster.exited('chat-1', 5_000)
  await cluster.signal('chat-1', 'SIGKILL')
  expect(await exited).toMatchObject({ code: 137, signal: null })
  expect(await cluster.residue()).toEqual(['chat-1 is not running (exit code 137).'])
  await expect(cluster.signal('chat-1', 'SIGTERM')).rejects.toThrow(/^chat-1 gets no SIGTERM: .* is not running$/)

  await cluster.start('chat-1')
  expect(await (await fetch(`http://127.0.0.1:${chat1!.port}/`)).text()).toBe('chat-1')
  expect((await fetch(`http://127.0.0.1:${chat1!.metricsPort}/`)).status).toBe(200)
  expect(await cluster.residue()).toEqual([])

  const terminated = cluster.exited('chat-2', 5_000)
  await cluster.signal('chat-2', 'SIGTERM')
  expect(await terminated).toMatchObject({ code: 0, signal: null })

  await Promise.all([cluster[Symbol.asyncDispose](), cluster[Symbol.asyncDispose]()])
  expect(await thingsOf(runId, engine)).toEqual([])
  expect(await isPortFree(chat1!.port)).toBe(true)
  expect(readFileSync(join(options.folder, 'logs/chat-1.log'), 'utf8')).toBe('chat-1 started\nchat-1 started\n')
})

test('a service that ends at once is told with its last lines, and nothing is left', async () => {
  const options = stub.options({ environment: { STUB: 'broken' } })
  const error = await startDockerCluster(engine, stub.projectFolder, options).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ClusterError)
  expect((error as Error).message).toMatch(/^chat-[12] ended before it was ready \(exit code 3\)/)
  expect((error as Error).message).toContain('line 20')
  expect(await thingsOf(options.runId, engine)).toEqual([])
})

test('an abort while things start clears away and throws its reason', async () => {
  const options = stub.options({ environment: { STUB: 'never-ready' } })
  const abort = new AbortController()
  const failed = expect(startDockerCluster(engine, stub.projectFolder, options, abort.signal)).rejects.toThrow(
    'interrupted',
  )
  while ((await thingsOf(options.runId, engine)).length < 4) await new Promise(resolve => setTimeout(resolve, 50))
  abort.abort(new Error('interrupted'))
  await failed
  expect(await thingsOf(options.runId, engine)).toEqual([])
})

test('a build that fails is told with its last lines', async () => {
  using broken = makeStubService()
  broken.dockerfile('FROM node:24-bookworm-slim\nRUN echo the reason is $((6 * 7)) && false\n')
  const options = broken.options()
  const error = await startDockerCluster(engine, broken.projectFolder, options).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ClusterError)
  expect((error as Error).message).toMatch(/^The image tuesday-chat:[0-9a-f]{12} could not be built: /)
  expect((error as Error).message).toContain('the reason is 42')
})

test('a build is given up on abort', async () => {
  using slow = makeStubService()
  slow.dockerfile('FROM node:24-bookworm-slim\nRUN sleep 30\n')
  const abort = new AbortController()
  const options = slow.options({ onProgress: () => setTimeout(() => abort.abort(new Error('interrupted')), 500) })
  const beganMs = performance.now()
  await expect(startDockerCluster(engine, slow.projectFolder, options, abort.signal)).rejects.toThrow('interrupted')
  expect(performance.now() - beganMs).toBeLessThan(10_000)
})

test('a base image that cannot be had is named', async () => {
  using broken = makeStubService()
  broken.dockerfile('FROM 127.0.0.1:1/no-such-image:1\n')
  const error = await startDockerCluster(engine, broken.projectFolder, broken.options()).catch(
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(ClusterError)
  expect((error as Error).message).toContain('The base image 127.0.0.1:1/no-such-image:1 is not on this machine')
  expect((error as Error).message).toContain('npm run setup -- --all')
})

test('an engine that does not answer is named, and done without where nobody asked for it', async () => {
  expect([await chooseDriver('process'), await chooseDriver(null)]).toEqual(['process', 'docker'])
  const before = process.env.DOCKER_HOST
  process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock'
  try {
    await expect(startCluster('docker', stub.options())).rejects.toThrow(
      /^No Docker engine answers at unix:\/\/\/nowhere\/docker\.sock \(connect ENOENT/,
    )
    expect(await chooseDriver(null)).toBe('process')
    await using cluster = await startCluster(null, stub.options({ instances: 1 }))
    expect(cluster.driver).toBe('process')
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
  }
})
