/** Requests to servers that answer well, late, badly or not at all, and what is written down of them; and the whole way to a real instance. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { history } from '../checkers/history.ts'
import { checkHttp, type HttpFindings } from '../checkers/http.ts'
import { startProcessCluster } from '../cluster/process-cluster.ts'
import type { HttpRecord } from '../ledger/http-records.ts'
import { readHttp } from '../ledger/read-http.ts'
import { readRooms } from '../load/final-reads.ts'
import { readText } from '../load/message-text.ts'
import { monotonicMs } from '../monotonic.ts'
import type { Plan } from '../plan/plan.ts'
import { planHttp } from '../plan/plan-http.ts'
import type { HttpLoad } from '../scenario/scenario.ts'
import { TuesdayTarget } from '../targets/tuesday.ts'
import { HttpLoadProcess } from './http-load-process.ts'

const SECONDS = 2
const TEXT_BYTES = 64
/** From the order to begin to the first request. */
const LEAD_MS = 200

let folder: string
let servers: Server[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-http-load-'))
  for (const part of ['ledger', 'logs']) mkdirSync(join(folder, part))
  servers = []
})

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true })
})

function planOf(http: readonly HttpLoad[], instances: number, seconds = SECONDS): Plan & Required<Pick<Plan, 'http'>> {
  const { plan } = history({ clients: { ann: '' } })
  return {
    ...plan,
    textBytes: TEXT_BYTES,
    loadMs: seconds * 1000,
    http: planHttp(http, { instances, seconds, warmUpSeconds: 0 }),
  }
}

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Runs the load of the plan to its end. `portOf`: by index of the instance. */
async function ask(
  plan: Plan & Required<Pick<Plan, 'http'>>,
  portOf: (instance: number, path: string) => number,
  roomPrefix = '',
  during: (zeroAtMs: number) => Promise<void> = async () => {},
): Promise<void> {
  await using process = await HttpLoadProcess.start({
    logPath: join(folder, 'logs/http-load.log'),
    onCounters: () => {},
  })
  const zeroAtMs = monotonicMs() + LEAD_MS
  const connections = plan.http.map(({ instance, room, ...connection }) => {
    const port = portOf(instance, connection.path)
    return { ...connection, host: '127.0.0.1', port, room: room === null ? null : roomPrefix + room }
  })
  const ledgerPath = join(folder, 'ledger/http.jsonl')
  process.begin({ connections, ledgerPath, textBytes: TEXT_BYTES, zeroAtMs, loadMs: plan.loadMs })
  await Promise.all([process.finish(), during(zeroAtMs)])
}

async function read(plan: Plan, logs: Parameters<typeof readHttp>[2] = []): Promise<HttpRecord> {
  return (await readHttp(join(folder, 'ledger/http.jsonl'), plan, logs))!
}

function judge(plan: Plan, http: HttpRecord): HttpFindings {
  const { ledger } = history({ clients: { ann: '' } })
  return checkHttp(plan, { ...ledger, http })!
}

test('good, late and bad answers are told apart, and so are those that never come', async () => {
  const plan = planOf([{ path: 'readyz', requestsPerSecond: 20, connections: 4 }], 4)
  const late = 30
  const ports = [
    await listen((_, response) => response.end('{}')),
    await listen((_, response) => setTimeout(() => response.end('{}'), late)),
    await listen((_, response) => response.writeHead(503).end('{}')),
    // Closes the connection without an answer.
    await listen(request => request.socket.end()),
  ]
  await ask(plan, instance => ports[instance]!)
  const http = await read(plan)
  const [good, slow, bad, mute] = http.connections
  expect(good).toMatchObject({ requests: 10, answers: { 200: 10 }, unanswered: 0, open: 0 })
  expect(slow).toMatchObject({ requests: 10, answers: { 200: 10 }, unanswered: 0, open: 0 })
  expect(bad).toMatchObject({ requests: 10, answers: { 503: 10 }, unanswered: 0 })
  expect(mute!.answers).toEqual({})
  expect(mute!.requests).toBe(10)
  expect(mute!.unanswered + mute!.open).toBe(10)
  const { paths, httpErrors } = judge(plan, http)
  expect(httpErrors).toBe(10 + mute!.unanswered)
  // A quarter of all answers were late.
  expect(paths[0]!.latency.quantileMs('P90')).toBeGreaterThanOrEqual(late)
  expect(http.generator!.eventLoopUtilization).toBeGreaterThan(0)
})

test('where nobody listens, what was due counts as unanswered, and the connection tries again with each second', async () => {
  const plan = planOf([{ path: 'readyz', requestsPerSecond: 4, connections: 2 }], 2, 3)
  const port = await listen(() => {})
  await new Promise(resolve => servers[0]!.close(resolve))
  await ask(
    plan,
    () => port,
    '',
    // Somebody listens after some time.
    async zeroAtMs => {
      await new Promise(resolve => setTimeout(resolve, zeroAtMs + 900 - monotonicMs()))
      const server = createServer((_, response) => response.end('{}'))
      servers.push(server)
      await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    },
  )
  const { connections } = await read(plan)
  for (const connection of connections) {
    const { requests, answers, unanswered } = connection
    expect(requests).toBe(6)
    expect(answers[200]! + unanswered).toBe(6)
    expect(unanswered).toBeGreaterThanOrEqual(2)
    expect(answers[200]).toBeGreaterThanOrEqual(2)
  }
})

test('a server that hangs is asked once, and the wait stands in the latency', async () => {
  const plan = planOf([{ path: 'readyz', requestsPerSecond: 5, connections: 1 }], 1)
  const port = await listen(() => {})
  await ask(plan, () => port)
  const http = await read(plan)
  expect(http.connections[0]).toMatchObject({ requests: 1, answers: {}, unanswered: 0, open: 1 })
  expect(judge(plan, http).paths[0]!.latency.quantileMs('Max')).toBeGreaterThan(SECONDS * 1000 - 100)
})

test('a real service: every message that was answered with 2xx stands in its log, once', async () => {
  const runId = `http${process.pid}`
  await using cluster = await startProcessCluster({
    runId,
    folder,
    instances: 2,
    appendFsync: 'always',
    environment: {},
    redisUrl: null,
    serviceFolder: join(import.meta.dirname, '../../service'),
    onProgress: () => {},
  })
  const plan = planOf(
    [
      { path: 'readyz', requestsPerSecond: 20, connections: 4 },
      { path: 'metrics', requestsPerSecond: 4, connections: 2 },
      { path: 'publish', requestsPerSecond: 60, connections: 6 },
    ],
    2,
  )
  const roomPrefix = `${runId}.`
  const portOf = (instance: number, path: string) => {
    const { port, metricsPort } = cluster.instances[instance]!
    return path === 'metrics' ? metricsPort : port
  }
  await ask(plan, portOf, roomPrefix)
  const addresses = cluster.instances.map(({ port }, instance) => ({ instance, host: '127.0.0.1', port }))
  using target = new TuesdayTarget({
    addresses,
    roomPrefix,
    senderPrefix: `${runId}-`,
    random: Math.random,
    clientsOfRun: 0,
  })
  const rooms = plan.http.flatMap(({ room }) => room ?? [])
  const numberOf = (text: string) => readText(text, TEXT_BYTES)?.number ?? -1
  const logs = await readRooms(rooms, numberOf, target, new AbortController().signal, line => expect(line).toBe(''))
  const http = await read(
    plan,
    plan.http.map(({ room }) => (room === null ? null : logs[rooms.indexOf(room)]!)),
  )
  const found = judge(plan, http)
  expect(found).toMatchObject({ httpErrors: 0, httpLost: 0, httpDuplicated: 0, published: 120, unread: [] })
  expect(found.paths.map(({ ok }) => ok)).toEqual([40, 8, 120])
  // The judge is not blind: an entry less is one lost.
  const spoiled = http.connections.map(connection => {
    const { log } = connection
    return log === null ? connection : { ...connection, log: { ...log, entries: log.entries.slice(0, -1) } }
  })
  expect(judge(plan, { ...http, connections: spoiled })).toMatchObject({ httpLost: 6 })
})
