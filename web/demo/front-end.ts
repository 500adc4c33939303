/** The front end as a child process of the demo: built where that is needed, and started as in production. */

import { cpSync, existsSync, globSync, statSync } from 'node:fs'
import { get } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inheritedEnvironment, spawnChild } from '../../harness/cluster/child.ts'
import { ClusterError } from '../../harness/cluster/cluster.ts'
import { describeLog, logPath } from '../../harness/cluster/instance-log.ts'
import type { Life } from '../../harness/cluster/life.ts'
import type { RunRecord } from '../../harness/cluster/run-record.ts'

const WEB_FOLDER = join(import.meta.dirname, '..')
const PROJECT_FOLDER = join(WEB_FOLDER, '..')
/** The server and what it needs, as in the image; it misses the files for browsers. */
const STANDALONE_FOLDER = join(WEB_FOLDER, '.next', 'standalone', 'web')
/** Written last by a build. */
const BUILD_MARK = join(WEB_FOLDER, '.next', 'BUILD_ID')
/** What a build is made of. */
const SOURCES = ['web/**/*.{ts,tsx,css,json,mjs,svg,woff2}', 'client/*.ts', 'service/*.ts', 'package-lock.json']
const NO_SOURCES = /(?:^|\/)(?:node_modules|\.next|demo)(?:\/|$)|\.test\.tsx?$|next-env\.d\.ts$|\.tsbuildinfo$/
/** A server that is built is up within two seconds; this allows for a busy machine. */
const ANSWER_WITHIN_MS = 30_000
const ANSWER_POLL_MS = 100

export interface FrontEndOptions {
  readonly port: number
  /** Absolute; its log goes to `<folder>/logs/web.log`. */
  readonly folder: string
  /** For the server, besides what it needs of this process's own. */
  readonly environment: Readonly<Record<string, string>>
  readonly record: RunRecord
  readonly onProgress: (line: string) => void
  readonly abort: AbortSignal
}

export interface FrontEnd extends AsyncDisposable {
  /** Resolves when the server has ended, whatever the reason. */
  readonly ended: Promise<void>
  /** Of its log, and where that is. */
  lastLines(): string
}

/** Resolves when the page's server answers. Throws {@link ClusterError} where it cannot be built or does not get up, and the reason of `abort`. */
export async function startFrontEnd(options: FrontEndOptions): Promise<FrontEnd> {
  if (!isBuildCurrent()) await build(options)
  options.onProgress('starting the front end')
  const { port } = options
  await using stack = new AsyncDisposableStack()
  const address = { HOSTNAME: '127.0.0.1', PORT: String(port) }
  const server = stack.use(spawnNode('web', [join(STANDALONE_FOLDER, 'server.js')], address, options))
  const deadlineMs = performance.now() + ANSWER_WITHIN_MS
  while (!(await isAnswering(port))) {
    options.abort.throwIfAborted()
    if (!server.life.isRunning || performance.now() > deadlineMs) {
      const what = server.life.isRunning ? `has not answered within ${ANSWER_WITHIN_MS / 1000} s` : 'has ended'
      throw new ClusterError(`The front end ${what}. ${describeLog(server.log)}`)
    }
    await sleep(ANSWER_POLL_MS)
  }
  const { life, log } = server
  const things = stack.move()
  return {
    ended: life.ended.then(
      () => {},
      () => {},
    ),
    lastLines: () => describeLog(log),
    [Symbol.asyncDispose]: () => things.disposeAsync(),
  }
}

async function build(options: FrontEndOptions): Promise<void> {
  options.onProgress('building the front end, which takes a minute, and is needed again only when it is changed')
  await using builder = spawnNode('web-build', [findNext(), 'build', WEB_FOLDER], {}, options)
  const exit = await endOf(builder.life, options.abort)
  if (exit.code !== 0) throw new ClusterError(`The front end cannot be built. ${describeLog(builder.log)}`)
  cpSync(join(WEB_FOLDER, '.next', 'static'), join(STANDALONE_FOLDER, '.next', 'static'), { recursive: true })
  const pictures = join(WEB_FOLDER, 'public')
  if (existsSync(pictures)) cpSync(pictures, join(STANDALONE_FOLDER, 'public'), { recursive: true })
}

interface NodeProcess extends AsyncDisposable {
  readonly life: Life
  readonly log: string
}

function spawnNode(
  name: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: FrontEndOptions,
): NodeProcess {
  const log = logPath(options.folder, name)
  const child = spawnChild(
    {
      name,
      command: process.execPath,
      arguments: words,
      folder: PROJECT_FOLDER,
      environment: {
        ...inheritedEnvironment(),
        ...options.environment,
        ...environment,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
      },
      logPath: log,
    },
    options.record,
  )
  return { life: child.life, log, [Symbol.asyncDispose]: () => child.remove() }
}

async function endOf(life: Life, abort: AbortSignal) {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(abort.reason)
  abort.addEventListener('abort', onAbort, { once: true })
  try {
    abort.throwIfAborted()
    return await Promise.race([life.ended, aborted.promise])
  } finally {
    abort.removeEventListener('abort', onAbort)
  }
}

function findNext(): string {
  try {
    return createRequire(join(WEB_FOLDER, 'package.json')).resolve('next/dist/bin/next')
  } catch {
    throw new ClusterError("The front end's packages are not installed. Run `npm ci` in the folder of the repository.")
  }
}

/** Whether no source has been changed since the last build. */
function isBuildCurrent(): boolean {
  if (!existsSync(BUILD_MARK)) return false
  if (!existsSync(join(STANDALONE_FOLDER, '.next', 'static'))) return false
  const builtMs = statSync(BUILD_MARK).mtimeMs
  const sources = globSync(SOURCES, { cwd: PROJECT_FOLDER, exclude: path => NO_SOURCES.test(path) })
  return sources.every(path => statSync(join(PROJECT_FOLDER, path)).mtimeMs <= builtMs)
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.setTimeout(2_000, () => request.destroy())
    request.once('error', () => resolve(false))
    request.once('close', () => resolve(false))
  })
}
