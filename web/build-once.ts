/**
 * `npm run build:web`: the production build of the front end with all that its server needs beside it, made again only where a file that goes into it
 * has changed.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The path of the built server. */
export async function buildFrontEnd(): Promise<string> {
  const deadlineMs = performance.now() + BUILD_MS_MAX
  while (!isBuilt() && !takeLock()) {
    if (performance.now() > deadlineMs)
      throw new Error(`somebody else has been building for too long; is ${LOCK} stale?`)
    await sleep(POLL_MS)
  }
  if (!isBuilt()) build()
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

function build(): void {
  try {
    execFileSync('npm', ['run', 'build', '-w', 'web'], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      timeout: BUILD_MS_MAX,
    })
    // Where the build has not put them: the server serves what lies beside it.
    copy(join(WEB, '.next', 'static'), join(BUILT, '.next', 'static'))
    copy(join(WEB, 'public'), join(BUILT, 'public'))
    writeFileSync(MARK, sourcesHash())
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
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

if (import.meta.main) console.log(await buildFrontEnd())
