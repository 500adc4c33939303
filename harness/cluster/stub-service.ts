/**
 * A stand-in for the service, for tests of the drivers: quick to start, and able to fail on demand. It is ready once it has reached Redis,
 * and answers `/redis` when Redis has answered it, on the one connection that it has.
 *
 * `STUB=broken` prints 20 lines and exits with 3; `STUB=never-ready` answers 503 for ever; `STUB=deaf` ignores SIGTERM.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterOptions } from './cluster.ts'
import { uniqueSuffix } from './state-folder.ts'

const MAIN = `
import { createServer } from 'node:http'
import { connect } from 'node:net'

const { HOST, PORT, METRICS_HOST, METRICS_PORT, INSTANCE_NAME, REDIS_URL, STUB } = process.env as Record<string, string>
if (STUB === 'broken') {
  for (let line = 1; line <= 20; line++) console.log('line ' + line)
  process.exit(3)
}
const redis = new URL(REDIS_URL)
let isReady = false
const waiting: ((answer: string) => void)[] = []
const socket = connect(Number(redis.port), redis.hostname, () => socket.write('PING\\r\\n'))
socket.on('data', answer => {
  isReady = STUB !== 'never-ready'
  waiting.shift()?.(String(answer))
})
socket.on('error', error => { console.error(error.message); process.exit(4) })
createServer((request, response) => {
  if (request.url === '/redis') {
    waiting.push(answer => response.end(answer))
    socket.write('PING\\r\\n')
    return
  }
  response.statusCode = request.url === '/readyz' && !isReady ? 503 : 200
  response.end(INSTANCE_NAME)
}).listen(Number(PORT), HOST)
createServer((_, response) => response.end()).listen(Number(METRICS_PORT), METRICS_HOST)
process.on('SIGTERM', () => { if (STUB !== 'deaf') process.exit(0) })
console.log(INSTANCE_NAME + ' started')
`

const DOCKERFILE = `
FROM node:24-bookworm-slim AS build
FROM build
COPY service /app/service
CMD ["node", "/app/service/main.ts"]
`

export interface StubService extends Disposable {
  /** With a Dockerfile, as the project's folder has one. */
  readonly projectFolder: string
  /** Writes another Dockerfile. */
  dockerfile(text: string): void
  /** Options for a run of two instances under an id of its own. */
  options(overrides?: Partial<ClusterOptions>): ClusterOptions
}

export function makeStubService(): StubService {
  const projectFolder = mkdtempSync(join(tmpdir(), 'tuesday-stub-'))
  const serviceFolder = join(projectFolder, 'service')
  mkdirSync(serviceFolder)
  writeFileSync(join(serviceFolder, 'main.ts'), MAIN)
  writeFileSync(join(serviceFolder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(projectFolder, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(projectFolder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(projectFolder, 'package-lock.json'), '{}')
  return {
    projectFolder,
    dockerfile(text) {
      writeFileSync(join(projectFolder, 'Dockerfile'), text)
    },
    options(overrides = {}) {
      const runId = `test-${uniqueSuffix()}`
      return {
        runId,
        folder: join(projectFolder, 'runs', runId),
        instances: 2,
        appendFsync: 'always',
        environment: {},
        redisUrl: null,
        serviceFolder,
        onProgress: () => {},
        ...overrides,
      }
    },
    [Symbol.dispose]() {
      rmSync(projectFolder, { recursive: true, force: true })
    },
  }
}
