/** The driver `compose` on real containers: what it may do to a stack, and that the stack is put back however the harness ends. */

import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Cluster } from './cluster.ts'
import { adoptStack } from './compose-cluster.ts'
import { findStack } from './compose-stack.ts'
import { isReady } from './instance.ts'
import { reapLeftovers } from './reap.ts'
import { stateFolder, uniqueSuffix } from './state-folder.ts'
import { startScript } from './test-script.ts'
import { TestStack } from './test-stack.ts'

// A start takes a second or two; this allows for busy cores, and for building the image.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const AS_FOUND = ['running 1', 'running 1']
const folder = mkdtempSync(join(tmpdir(), 'tuesday-compose-'))
let stack: TestStack

beforeAll(async () => {
  stack = await TestStack.start({ DRAIN_SPREAD_MS: '200' })
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function adopt(told: string[] = []): Promise<Cluster> {
  const found = await findStack(stack.project, line => told.push(line))
  const onProgress = (line: string) => void told.push(line)
  return adoptStack(found, { runId: uniqueSuffix(), folder, isBalanced: found.balancer !== null, onProgress })
}

test('instances are reached where they are, killed, started at whatever address they get, and seen', async () => {
  const told: string[] = []
  await using cluster = await adopt(told)
  expect(told[0]).toBe(`project ${stack.project}: chat-1 is ${stack.project}_chat_1, chat-2 is ${stack.project}_chat_2`)
  expect(cluster.redisVersion).toMatch(/^\d+\./)
  const [chat1, chat2] = cluster.instances
  expect(chat1!.host).not.toBe(chat2!.host)
  const before = [chat1!.host, chat2!.host]
  await Promise.all(
    ['chat-1', 'chat-2'].map(async name => {
      const exited = cluster.exited(name, 10_000)
      await cluster.signal(name, 'SIGKILL')
      expect((await exited).code).toBe(137)
      expect(cluster.isRunning(name)).toBe(false)
    }),
  )
  expect(await cluster.residue([])).toEqual([])
  expect(await cluster.residue()).toEqual(
    expect.arrayContaining(['chat-1 is not running (exit code 137).', 'chat-2 is not running (exit code 137).']),
  )
  // The other way round, so that the engine gives each the other's address.
  await cluster.start('chat-2')
  await cluster.start('chat-1')
  expect([chat2!.host, chat1!.host]).toEqual(before)
  expect(await isReady(chat1!)).toBe(true)
  expect(await cluster.residue()).toEqual([])
  expect(readFileSync(join(folder, 'logs/chat-1.log'), 'utf8')).toContain('listening')
})

test('a SIGTERM ends with code 0, and the Redis server is not to be had', async () => {
  await using cluster = await adopt()
  const exited = cluster.exited('chat-2', 20_000)
  await cluster.signal('chat-2', 'SIGTERM')
  expect(await exited).toMatchObject({ code: 0, signal: null })
  await cluster.start('chat-2')
  await expect(cluster.stopRedis('SIGKILL')).rejects.toThrow('is not stopped or started by the harness')
  expect(() => cluster.clientLink('chat-1')).toThrow('does not run through a proxy')
})

test('a share of a processor comes on top of the limit that a container has, and that one comes back', async () => {
  await using cluster = await adopt()
  const stressed = await cluster.stressCpu('chat-1', { share: 0.2 })
  expect(await stack.states()).toEqual(['running 0.2', 'running 1'])
  expect(await cluster.residue()).toEqual(['chat-1 is still limited to 0.2 of a CPU.'])
  await stressed.undo()
  expect(await stack.states()).toEqual(AS_FOUND)
})

test('what is still broken at the end of a run is put back', async () => {
  const told: string[] = []
  {
    await using cluster = await adopt(told)
    const exited = cluster.exited('chat-1', 10_000)
    await cluster.signal('chat-1', 'SIGKILL')
    await exited
    await cluster.pause('chat-2')
    await expect(adopt()).rejects.toThrow(/paused/)
    expect(await stack.states()).toEqual(['exited 1', 'paused 1'])
  }
  expect(await stack.states()).toEqual(AS_FOUND)
  expect(told).toContain(`the stack ${stack.project} is put back: ${stack.project}_chat_1 is started again`)
  expect(told).toContain(`the stack ${stack.project} is put back: ${stack.project}_chat_2 goes on`)
})

test('two runs do not use one stack', async () => {
  await using _cluster = await adopt()
  await expect(adopt()).rejects.toThrow(`Another run uses project ${stack.project}`)
})

describe('a harness that is killed', () => {
  test('leaves word of what it has broken, and the next one puts it back', async () => {
    const harness = await startHarness()
    await reapLeftovers(() => {})
    expect(await stack.states()).toEqual(['exited 1', 'paused 0.2'])

    const ended = once(harness, 'exit')
    harness.kill('SIGKILL')
    await ended
    const told: string[] = []
    await reapLeftovers(line => told.push(line))
    expect(await stack.states(), told.join('\n')).toEqual(AS_FOUND)
    expect(told.join('\n')).toContain(`the stack ${stack.project}, which run`)
    expect(told.join('\n')).toContain(`${stack.project}_chat_1 is started again`)
    expect(existsSync(join(stateFolder(), `${stack.project}.stack.jsonl`))).toBe(false)
    await using cluster = await adopt()
    expect(await cluster.residue()).toEqual([])
  })
})

/** A harness of its own that adopts the stack, breaks both instances and stays. Resolves when that is so. */
function startHarness() {
  const module = (name: string) => JSON.stringify(join(import.meta.dirname, name))
  const script = `
    import { adoptStack } from ${module('compose-cluster.ts')}
    import { findStack } from ${module('compose-stack.ts')}
    const found = await findStack(${JSON.stringify(stack.project)}, () => {})
    const cluster = await adoptStack(found, { runId: 'killed', folder: ${JSON.stringify(folder)}, isBalanced: false, onProgress() {} })
    await cluster.stressCpu('chat-2', { share: 0.2 })
    await cluster.pause('chat-2')
    const exited = cluster.exited('chat-1', 10_000)
    await cluster.signal('chat-1', 'SIGKILL')
    await exited
    console.log('up')
    setInterval(() => cluster, 1000)
  `
  return startScript(script)
}
