/** The demo without its page: real instances, and what the panel asks of the control server. */

import { mkdtempSync, rmSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../harness/cluster/cluster.ts'
import { startProcessCluster } from '../../harness/cluster/process-cluster.ts'
import { CLOSE_CODES, SUBPROTOCOL } from '../../service/protocol.ts'
import { type ControlServer, startControlServer } from './control-server.ts'
import { DemoInstances } from './demo-instances.ts'
import type { DemoState } from './demo-state.ts'

const PAGE = 'http://127.0.0.1:3001'
const WITHIN_MS = 15_000

let folder: string
let cluster: Cluster
let control: ControlServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-demo-'))
  cluster = await startProcessCluster({
    runId: `demo-test-${process.pid}`,
    folder,
    instances: 3,
    appendFsync: 'no',
    environment: { ORIGINS: PAGE, DRAIN_SPREAD_MS: '500' },
    redisUrl: null,
    serviceFolder: join(import.meta.dirname, '..', '..', 'service'),
    onProgress: () => {},
  })
  const names = cluster.instances.map(({ name }) => name)
  const instances = new DemoInstances(cluster, names, { onEvent: () => {}, nowMs: Date.now })
  control = await startControlServer(instances, { port: 0, origins: [PAGE] })
})

afterAll(async () => {
  await control?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(method: 'GET' | 'POST', path: string, origin: string | null = PAGE) {
  const response = await fetch(`${control.url}${path}`, { method, headers: origin === null ? {} : { origin } })
  return { status: response.status, headers: response.headers, body: (await response.json()) as DemoState }
}

async function untilState(name: string, state: string): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS
  for (;;) {
    const { instances } = (await ask('GET', '/instances')).body
    if (instances.find(found => found.name === name)!.state === state) return
    if (performance.now() > deadlineMs) throw new Error(`${name} is not ${state}: ${JSON.stringify(instances)}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A socket that has been greeted; the code of its close. */
async function visit(name: string): Promise<{ closed: Promise<number> }> {
  const { host, port } = cluster.instances.find(found => found.name === name)!
  const socket = new WebSocket(`ws://${host}:${port}/ws?guest=ann`, [SUBPROTOCOL])
  const closed = new Promise<number>(resolve => socket.addEventListener('close', ({ code }) => resolve(code)))
  await new Promise((resolve, reject) => {
    socket.addEventListener('message', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error(`${name} cannot be reached`)), { once: true })
  })
  return { closed }
}

describe('the control server of the demo', () => {
  it('kills an instance under its visitors, and starts it again at its address', async () => {
    const { closed } = await visit('chat-1')
    expect((await ask('POST', '/instances/chat-1/kill')).status).toBe(202)
    expect(await closed).toBe(CLOSE_CODES.abnormal.code)
    await untilState('chat-1', 'down')
    expect((await ask('POST', '/instances/chat-1/kill')).status).toBe(409)
    expect((await ask('POST', '/instances/chat-1/start')).body.instances[0]).toEqual({
      name: 'chat-1',
      state: 'starting',
    })
    await untilState('chat-1', 'up')
    await visit('chat-1')
    const { events } = (await ask('GET', '/instances')).body
    expect(events.map(({ what }) => what)).toEqual(['was killed (SIGKILL)', 'is starting', 'is up'])
  })

  it('drains an instance, which sends its visitors away in order', async () => {
    const { closed } = await visit('chat-2')
    const { status, body } = await ask('POST', '/instances/chat-2/drain')
    expect([status, body.instances[1]!.state]).toEqual([202, 'draining'])
    expect(await closed).toBe(CLOSE_CODES.restart.code)
    await untilState('chat-2', 'down')
    expect((await ask('GET', '/instances')).body.events.at(-1)!.what).toBe('has left in good order, with exit code 0')
  })

  it('answers the page, and does nothing for pages of others', async () => {
    const { headers } = await ask('GET', '/instances')
    expect(headers.get('access-control-allow-origin')).toBe(PAGE)
    for (const method of ['GET', 'POST'] as const) {
      const answer = await ask(method, '/instances/chat-3/kill', 'https://elsewhere.example.org')
      expect(answer.status).toBe(403)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    await untilState('chat-3', 'up')
  })

  it('does not answer under the name of another host', async () => {
    const headers = { host: `elsewhere.example.org:${new URL(control.url).port}` }
    const status = await new Promise(resolve =>
      httpGet(`${control.url}/instances`, { headers }, response => resolve(response.resume().statusCode)),
    )
    expect(status).toBe(403)
  })

  it('says what it can be asked', async () => {
    for (const path of ['/instances/chat-9/kill', '/instances/chat-3/dance', '/']) {
      expect(await ask('POST', path, null)).toMatchObject({
        status: 404,
        body: { message: expect.stringContaining('POST /instances/<name>/kill|drain|start') },
      })
    }
  })
})
