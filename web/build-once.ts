/**
 * `npm run build:web`: the production build of the front end with all that its server needs beside it, made again only where a file that goes into it
 * has changed.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const WEB = import.meta.dirname
const REPOSITORY = join(WEB, '..')
const BUILT = join(WEB, '.next', 'standalone', 'web')
const SERVER = join(BUILT, 'server.js')
/** What the build that is there was made of. */
const MARK = join(WEB, '.next', 'built-from')
/** Held by whoever builds. */
const LOCK = join(REPOSITORY, 'node_modules', '.cache', 'front-end-build')
const SOURCES = [
  'web/**/*.{ts,tsx,css,json,mjs,js,woff2,svg,ico}',
  'client/*.ts',
  'service/protocol.ts',
  'package-lock.json',
]
/** A build changes tsconfig.json, and takes no types into account. */
const LEFT_OUT = /(^|\/)(node_modules|\.next|tests)\/|\.test\.tsx?$|next-env\.d\.ts$|tsconfig\.json$/
const BUILD_MS_MAX = 240_000
const POLL_MS = 200

/** One that a person can do something about. */
export class FrontEndBuildError extends Error {}

export interface BuildOptions {
  /** Called where it has to be built, which takes a minute. */
  readonly onBuild?: () => void
  /** Ends a build that is going on. */
  readonly abort?: AbortSignal
}

/** The path of the built server. Throws {@link FrontEndBuildError}, and the reason of `abort`. */
export async function buildFrontEnd({ onBuild, abort }: BuildOptions = {}): Promise<string> {
  const deadlineMs = performance.now() + BUILD_MS_MAX
  while (!isBuilt()) {
    abort?.throwIfAborted()
    if (takeLock()) {
      try {
        // Whoever had the lock may have built it just now.
        if (!isBuilt()) await build(onBuild, abort)
      } finally {
        rmSync(LOCK, { recursive: true, force: true })
      }
      break
    }
    if (performance.now() > deadlineMs)
      throw new FrontEndBuildError(`Somebody else has been building for too long. Is nobody? Then remove ${LOCK}.`)
    await sleep(POLL_MS)
  }
  return SERVER
}

function isBuilt(): boolean {
  return existsSync(MARK) && existsSync(SERVER) && readFileSync(MARK, 'utf8') === sourcesHash()
}

/** Whether nobody else builds; a lock that is older than a build may take is of one that was killed. */
function takeLock(): boolean {
  try {
    mkdirSync(join(LOCK, '..'), { recursive: true })
    mkdirSync(LOCK)
    return true
  } catch {
    const isStale = existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs > BUILD_MS_MAX
    if (isStale) rmSync(LOCK, { recursive: true, force: true })
    return false
  }
}

async function build(onBuild: BuildOptions['onBuild'], abort: AbortSignal | undefined): Promise<void> {
  onBuild?.()
  // A file that is changed while it builds is built next time.
  const builtFrom = sourcesHash()
  const child = spawn(process.execPath, [findNext(), 'build', WEB], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    timeout: BUILD_MS_MAX,
    signal: abort,
  })
  const [output, code] = await Promise.all([outputOf(child), exitOf(child)])
  abort?.throwIfAborted()
  if (code !== 0) throw new FrontEndBuildError(`The front end cannot be built:\n${output}`)
  // Where the build has not put them: the server serves what lies beside it.
  copy(join(WEB, '.next', 'static'), join(BUILT, '.next', 'static'))
  copy(join(WEB, 'public'), join(BUILT, 'public'))
  writeFileSync(MARK, builtFrom)
}

function findNext(): string {
  try {
    return createRequire(import.meta.url).resolve('next/dist/bin/next')
  } catch {
    throw new FrontEndBuildError(
      'The packages of the front end are not installed. Run "npm ci" in the folder of the repository.',
    )
  }
}

async function outputOf({ stdout, stderr }: ChildProcess): Promise<string> {
  return (await Promise.all([text(stdout!), text(stderr!)])).join('')
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    child.once('error', () => {})
    child.once('close', resolve)
  })
}

function copy(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true })
}

function sourcesHash(): string {
  const hash = createHash('sha256')
  const files = globSync(SOURCES, { cwd: REPOSITORY, exclude: path => LEFT_OUT.test(`${path}/`) })
  for (const file of files.filter(path => !LEFT_OUT.test(path)).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(REPOSITORY, file)))
  }
  return hash.digest('hex')
}

if (import.meta.main) {
  try {
    console.log(await buildFrontEnd({ onBuild: () => console.log('building the front end, which takes a minute') }))
  } catch (error) {
    if (!(error instanceof FrontEndBuildError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
