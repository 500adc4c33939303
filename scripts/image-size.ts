/**
 * `npm run image`: builds the service's image as `tuesday:latest`, labelled with this revision, and prints what it weighs and how long it takes to listen.
 * `npm run image -- <image>` measures one that is there instead. What is printed is bounded by `stack/image.real.test.ts`.
 *
 * Needs the `docker` command. Exit codes: 0 · 2 no engine, no such image, or the build failed.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '..')
const IMAGE = 'tuesday:latest'
const STARTS = 7
/** Many times what it takes. */
const LISTENING_WITHIN_MS = 20_000
/** Asking the engine takes a good part of a core, which the start should not have to share: asked late, and rarely. */
const FIRST_LOOK_MS = 1200
const POLL_MS = 400

export interface Layer {
  readonly bytes: number
  readonly madeBy: string
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** With the labels of this revision. Returns the size of the build's context in bytes, as the builder tells it; null where it tells none. */
export function buildImage(image: string): number | null {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const labels = {
    VERSION: version,
    REVISION: git('rev-parse', 'HEAD'),
    // Of the revision, not of the build: the same source makes the same image.
    CREATED: git('show', '--no-patch', '--format=%cI', 'HEAD'),
    SOURCE: git('remote', 'get-url', 'origin').replace(/\/\/[^/@]*@/, '//'),
  }
  const args = Object.entries(labels).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const output = docker('build', ...args, '--tag', image, '.')
  const [, amount, unit] = /Sending build context to Docker daemon\s+([\d.]+)\s*(MB|kB|B)/.exec(output) ?? []
  return amount === undefined ? null : Number(amount) * { B: 1, kB: 1e3, MB: 1e6 }[unit as 'B' | 'kB' | 'MB']
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}

/** The image's own layers, the first made first: those that came after its base image's. */
export function ownLayers(image: string): Layer[] {
  const layersOf = (name: string) =>
    JSON.parse(docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', name)) as string[]
  const label = 'org.opencontainers.image.base.name'
  const base = docker('image', 'inspect', '--format', `{{index .Config.Labels "${label}"}}`, image)
  const own = layersOf(image).slice(layersOf(base.replace(/^docker\.io\/library\//, '')).length)
  const history = docker('history', '--human=false', '--no-trunc', '--format', '{{.Size}}\t{{.CreatedBy}}', image)
  const steps = history.split('\n').map(line => line.split('\t') as [string, string])
  const withLayer = steps.map(([bytes, madeBy]) => ({ bytes: Number(bytes), madeBy })).filter(({ bytes }) => bytes > 0)
  // The newest first there. A step without files may have a layer all the same, of no bytes.
  return withLayer
    .slice(0, own.length)
    .filter(({ madeBy }) => /COPY|RUN|ADD|WORKDIR/.test(madeBy))
    .reverse()
}

/**
 * From the start of the container's process, as the engine tells it, to the line of its log that says that the service listens; in milliseconds. It runs
 * as it is meant to: read-only, without capabilities. There is no Redis, which listening does not need.
 */
export async function startMs(image: string): Promise<number> {
  const hardened = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
  const container = docker('run', '--detach', ...hardened, '--network', 'none', '--env', 'GUESTS=allow', image)
  try {
    const deadlineMs = performance.now() + LISTENING_WITHIN_MS
    await sleep(FIRST_LOOK_MS)
    for (;;) {
      const line = docker('logs', container)
        .split('\n')
        .find(text => text.includes('Server listening'))
      if (line !== undefined) {
        const startedAt = docker('inspect', '--format', '{{.State.StartedAt}}', container)
        return (JSON.parse(line) as { time: number }).time - Date.parse(startedAt)
      }
      if (performance.now() > deadlineMs)
        throw new Error(`${image} does not listen within ${LISTENING_WITHIN_MS / 1000} s: ${docker('logs', container)}`)
      await sleep(POLL_MS)
    }
  } finally {
    docker('rm', '--force', '--volumes', container)
  }
}

/** Of several starts, in milliseconds, sorted. */
export async function startTimesMs(image: string, starts = STARTS): Promise<number[]> {
  const times: number[] = []
  for (let start = 0; start < starts; start++) times.push(await startMs(image))
  return times.sort((a, b) => a - b)
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`.padStart(10)
}

async function main(given: string | undefined): Promise<void> {
  const image = given ?? IMAGE
  const contextBytes = given === undefined ? buildImage(image) : null
  const layers = ownLayers(image)
  const total = layers.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(`${image}: its own layers over the base image`)
  for (const { bytes, madeBy } of layers)
    console.log(`${megabytes(bytes)}  ${madeBy.replace(/\/bin\/sh -c (#\(nop\) )?\s*/, '').slice(0, 80)}`)
  console.log(`${megabytes(total)}  together`)
  if (contextBytes !== null) console.log(`${megabytes(contextBytes)}  context sent to the builder`)
  const times = await startTimesMs(image)
  console.log(`listens after ${times[0]} ms at best, ${median(times)} ms as the median of ${times.join(', ')}`)
}

if (import.meta.main) {
  try {
    await main(process.argv[2])
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    process.stderr.write(`${stderr || message}\n`)
    process.exitCode = 2
  }
}
