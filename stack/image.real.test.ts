/** The service's image, built from this folder by a real engine: how small, how quick, how little it may do, and how it ends. */

import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, ownLayers, startTimesMs } from '../scripts/image-size.ts'

const IMAGE = `tuesday-test:${process.pid}`
const OWN_BYTES_MAX = 15e6
/** Small enough to be sent in no time; what is not needed would show. */
const CONTEXT_BYTES_MAX = 4e6
const LISTENING_MS_MAX = 500
const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none']

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

let contextBytes: number | null

beforeAll(() => {
  contextBytes = buildImage(IMAGE)
}, 300_000)

afterAll(() => {
  docker('image', 'rm', '--force', IMAGE)
})

/** What a command prints in a container of the image. */
function inside(...command: string[]): string {
  return docker('run', '--rm', ...HARDENED, IMAGE, ...command)
}

describe("the service's image", () => {
  it('adds at most 15 MB to its base, from a small context', () => {
    const layers = ownLayers(IMAGE)
    expect(layers.length).toBeGreaterThan(0)
    const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0)
    expect(bytes).toBeGreaterThan(1e6)
    expect(bytes).toBeLessThanOrEqual(OWN_BYTES_MAX)
    // BuildKit tells another number, of what has changed.
    if (contextBytes !== null) expect(contextBytes).toBeLessThanOrEqual(CONTEXT_BYTES_MAX)
  })

  it('listens within half a second', async () => {
    const times = await startTimesMs(IMAGE)
    // The quickest of them: what else the machine does can only add to it.
    expect(times[0], `of ${times.join(', ')} ms`).toBeLessThan(LISTENING_MS_MAX)
  })

  it('finds what was compiled when it was built', () => {
    const script = 'NODE_DEBUG_NATIVE=COMPILE_CACHE timeout 5 node --max-semi-space-size=2 service/main.js 2>&1; true'
    expect(inside('sh', '-c', `PORT=0 METRICS_PORT=0 ${script}`)).toContain(
      'V8 code cache for ESM file:///app/service/main.js was accepted',
    )
  })

  it('runs as a user without rights, who can write nothing of it', () => {
    expect(inside('id', '-un')).toBe('node')
    expect(inside('sh', '-c', 'find /app -writable ! -type l')).toBe('')
    expect(inside('sh', '-c', 'find /app ! -user root')).toBe('')
    expect(() => inside('touch', '/tmp/file')).toThrow(/Read-only file system/)
    expect(inside('grep', 'CapEff', '/proc/self/status')).toMatch(/0{16}$/)
  })

  it('tells where it comes from', () => {
    const labels = JSON.parse(docker('image', 'inspect', '--format', '{{json .Config.Labels}}', IMAGE))
    const name = (key: string) => labels[`org.opencontainers.image.${key}`]
    expect(name('revision')).toMatch(/^[0-9a-f]{40}$|^unknown$/)
    expect(name('version')).toMatch(/^\d+\.\d+\.\d+/)
    expect(Date.parse(name('created'))).toBeGreaterThan(0)
    expect(name('licenses')).toBe('MIT')
    expect(name('source')).toBeTruthy()
    expect(name('base.name')).toBe('docker.io/library/node:24-bookworm-slim')
    expect(inside('cat', 'LICENSES')).toContain('node_modules/fastify/LICENSE')
  })

  it('gets SIGTERM itself, and ends with 0', async () => {
    const container = docker('run', '--detach', ...HARDENED, '--env', 'GUESTS=allow', IMAGE)
    try {
      await expect.poll(() => docker('logs', container), { timeout: 20_000 }).toContain('Server listening')
      expect(docker('exec', container, 'cat', '/proc/1/comm')).toMatch(/^node|MainThread/)
      docker('stop', '--time', '25', container)
      expect(docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', container)).toBe('0 false')
    } finally {
      docker('rm', '--force', '--volumes', container)
    }
  })

  it('is unhealthy without Redis, as its own question finds', () => {
    const { Test } = JSON.parse(docker('image', 'inspect', '--format', '{{json .Config.Healthcheck}}', IMAGE)) as {
      Test: string[]
    }
    expect(Test[0]).toBe('CMD')
    const [, ...command] = Test
    const container = docker('run', '--detach', ...HARDENED, '--env', 'GUESTS=allow', IMAGE)
    try {
      expect(() => docker('exec', container, ...command)).toThrow()
    } finally {
      docker('rm', '--force', '--volumes', container)
    }
  })
})
