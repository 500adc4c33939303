import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import type { ClusterOptions, DriverName } from './cluster.ts'
import { startDockerCluster } from './docker-cluster.ts'
import { findEngine, RUN_LABEL } from './docker-engine.ts'
import { isProcessAlive } from './owner.ts'
import { startProcessCluster } from './process-cluster.ts'
import { isStopped } from './process-state.ts'
import { reapLeftovers } from './reap.ts'
import { findRunRecords } from './run-record.ts'
import { makeStubService } from './stub-service.ts'
import { startScript } from './test-script.ts'

// A start takes a second or two; this allows for busy cores.
vi.setConfig({ testTimeout: 60_000 })

const stub = makeStubService()
afterAll(() => stub[Symbol.dispose]())

const answer = await findEngine()
if (answer.engine === null) throw new Error(`These tests need a Docker engine: ${answer.problem}`)
const engine = answer.engine

/** A harness of its own that starts a cluster, pauses its last instance and stays. Resolves when that is so. */
function startHarness(driver: DriverName, options: ClusterOptions, more = ''): Promise<ChildProcess> {
  const { onProgress: _, ...plain } = options
  const script = `
    import { findEngine } from ${JSON.stringify(join(import.meta.dirname, 'docker-engine.ts'))}
    import { startDockerCluster } from ${JSON.stringify(join(import.meta.dirname, 'docker-cluster.ts'))}
    import { startProcessCluster } from ${JSON.stringify(join(import.meta.dirname, 'process-cluster.ts'))}
    const options = { ...${JSON.stringify(plain)}, onProgress: () => {} }
    const cluster = ${JSON.stringify(driver)} === 'process'
      ? await startProcessCluster(options)
      : await startDockerCluster((await findEngine()).engine, ${JSON.stringify(stub.projectFolder)}, options)
    await cluster.pause(cluster.instances.at(-1).name)
    ${more}
    console.log('up')
    setInterval(() => cluster, 1000)
  `
  return startScript(script)
}

async function killHarness(harness: ChildProcess): Promise<void> {
  const ended = once(harness, 'exit')
  harness.kill('SIGKILL')
  await ended
}

/** The folder that redis-server works in. */
function redisDataOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`)
}

async function containersOf(runId: string, ...status: string[]): Promise<number> {
  return (await engine.listContainers({ all: true, filters: { label: [`${RUN_LABEL}=${runId}`], status } })).length
}

async function networksOf(runId: string): Promise<number> {
  return (await engine.listNetworks({ filters: { label: [`${RUN_LABEL}=${runId}`] } })).length
}

test("a killed harness's processes are reaped, a living one's are not", async () => {
  await using living = await startProcessCluster(stub.options({ instances: 1 }))
  const options = stub.options({ balancer: { connectionsMax: 100 } })
  const harness = await startHarness('process', options)
  const children = findRunRecords().find(record => record.runId === options.runId)!.children
  const told: string[] = []

  await reapLeftovers(line => told.push(line))
  expect(children.every(isProcessAlive)).toBe(true)
  expect(children.map(({ pid }) => isStopped(pid))).toEqual([false, false, true, false])
  const data = redisDataOf(children[0]!.pid)
  expect(existsSync(data)).toBe(true)

  await killHarness(harness)
  expect(children.every(isProcessAlive)).toBe(true)
  await reapLeftovers(line => told.push(line))
  expect(children.filter(isProcessAlive)).toEqual([])
  expect(findRunRecords().some(record => record.runId === options.runId)).toBe(false)
  // Where it is on disk, it is in the folder of the run, which is the user's.
  expect(existsSync(data)).toBe(data.startsWith(options.folder))
  expect(told).toContain(`reaped of run ${options.runId}: redis, chat-1, chat-2, haproxy`)
  expect(await living.residue()).toEqual([])
})

test("a killed harness's containers are reaped, a living one's are not", async () => {
  await using living = await startDockerCluster(engine, stub.projectFolder, stub.options({ instances: 1 }))
  const options = stub.options({ instances: 1, balancer: { connectionsMax: 100 } })
  const harness = await startHarness('docker', options)

  await reapLeftovers(() => {})
  expect(await containersOf(options.runId)).toBe(3)
  expect(await containersOf(options.runId, 'paused')).toBe(1)

  await killHarness(harness)
  expect(await containersOf(options.runId)).toBe(3)
  await reapLeftovers(() => {})
  expect(await containersOf(options.runId)).toBe(0)
  expect(await networksOf(options.runId)).toBe(0)
  expect(await living.residue()).toEqual([])
})

test('processes that were busy for a harness end with it, reaped or not', async () => {
  const options = stub.options({ instances: 1 })
  const harness = await startHarness('process', options, "await cluster.stressCpu('chat-1', { share: 0.9 })")
  const busy = findRunRecords()
    .find(record => record.runId === options.runId)!
    .children.filter(({ name }) => name.startsWith('busy-'))
  expect(busy.length).toBeGreaterThan(0)
  expect(busy.every(isProcessAlive)).toBe(true)
  await killHarness(harness)
  await vi.waitUntil(() => !busy.some(isProcessAlive), { timeout: 20_000 })
  await reapLeftovers(() => {})
  expect(findRunRecords().some(record => record.runId === options.runId)).toBe(false)
})
