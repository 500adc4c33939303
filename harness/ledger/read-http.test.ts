import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { history } from '../checkers/history.ts'
import { planHttp } from '../plan/plan-http.ts'
import { honestHttp } from '../test-histories/http-history.ts'
import { readHttp } from './read-http.ts'
import { LedgerError } from './run-file.ts'

const { plan: QUIET } = history({ clients: { ann: '' } })
const PLAN = {
  ...QUIET,
  http: planHttp(
    [
      { path: 'metrics', requestsPerSecond: 2, connections: 2 },
      { path: 'publish', requestsPerSecond: 3, connections: 2 },
    ],
    { instances: 2, seconds: 2, warmUpSeconds: 0 },
  ),
}

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-http-'))
  path = join(folder, 'http.jsonl')
})

afterEach(() => rmSync(folder, { recursive: true }))

function save(lines: readonly unknown[]): void {
  writeFileSync(path, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
}

test('reads back what was found, with the logs of the rooms', async () => {
  const { lines, logs } = honestHttp(PLAN)
  save(lines)
  const http = (await readHttp(path, PLAN, logs))!
  expect(http.connections.map(({ requests }) => requests)).toEqual([2, 2, 2, 4])
  expect(http.connections[0]).toEqual({
    requests: 2,
    answers: { 200: 2 },
    unanswered: 0,
    open: 0,
    published: [],
    log: null,
  })
  expect(http.connections[3]!.published[1]).toEqual({ number: 1, position: { epoch: 'h', seq: 2 } })
  expect(http.connections[3]!.log!.entries).toHaveLength(4)
  expect(http.latencies.map(latency => latency.path)).toEqual(['metrics', 'publish'])
  expect(http.generator).toMatchObject({ eventLoopUtilization: 0.2, overflow: 0 })
})

test('a plan without it has no file', async () => {
  expect(await readHttp(path, QUIET)).toBeNull()
})

test('a file that ends too early has no generator', async () => {
  save(honestHttp(PLAN).lines.slice(0, 3))
  expect((await readHttp(path, PLAN))!.generator).toBeNull()
})

test('a missing or damaged file is told with its line', async () => {
  await expect(readHttp(path, PLAN)).rejects.toThrow(LedgerError)
  writeFileSync(path, '["asked",0,1,{},0,0]\n["asked",')
  await expect(readHttp(path, PLAN)).rejects.toThrow(`${path}, line 2 is damaged`)
  save([['asked', 9, 1, {}, 0, 0]])
  await expect(readHttp(path, PLAN)).rejects.toThrow('the plan has no HTTP connection 9')
  save([['guessed', 0]])
  await expect(readHttp(path, PLAN)).rejects.toThrow('no record has the kind "guessed"')
})
