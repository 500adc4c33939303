import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeScenario } from '../explore/write-regression.ts'
import { HarnessProcess, runHarness } from '../harness-process.ts'
import { CAPACITY_FILE } from './find-capacity.ts'

/** The service takes 20 frames a second from the one client that talks; more have to wait, and nothing else depends on the machine. */
const SERVICE_LIMITED = {
  about: 'One client talks, as fast as the service lets it.',
  topology: {
    instances: 2,
    environment: { FRAMES_PER_SECOND: '20', FRAMES_BURST: '12', ROOMS_MAX: '2', IN_FLIGHT_MAX: '10' },
  },
  load: { rooms: 1, clients: 2, messagesPerSecond: 18, talkers: 0.5, textBytes: 64, seconds: 4, warmUpSeconds: 1 },
  faults: [{ kind: 'kill-instance', atSeconds: 2 }],
  budgets: { ackP50Ms: { steady: 300 }, steadyAgainSeconds: 5 },
} as const

/** Two runs of ten seconds, on a machine that is busy. */
const SEARCH_MS_MAX = 120_000

let folder: string
let file: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-capacity-'))
  file = join(folder, 'limited.ts')
  writeScenario(file, SERVICE_LIMITED)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function flags(out: string): string[] {
  return ['--driver', 'process', '--step-seconds', '4', '--precision', '1', '--seed', '7', '--out', join(folder, out)]
}

function capacityIn(out: string) {
  return JSON.parse(readFileSync(join(folder, out, CAPACITY_FILE), 'utf8'))
}

describe('find-capacity', () => {
  test(
    'finds the rate above which the service holds back, each rate a run of its own that can be judged again',
    async () => {
      const { exitCode, output } = await runHarness('find-capacity', file, ...flags('found'))
      expect(output).toContain('highest rate that held: 18/s, achieved/offered')
      expect(output).toMatch(/at 36\/s {2}BROKE: ackP50Ms/)
      expect(exitCode).toBe(0)
      const { limitedBy, highestHeld, steps } = capacityIn('found')
      expect({ limitedBy, highestHeld }).toEqual({ limitedBy: 'service', highestHeld: 18 })
      expect(steps[0]).toMatchObject({ rate: 18, outcome: 'held', folder: 'runs/18' })
      expect(steps[0].measured.achievedShare).toBeGreaterThan(0.9)
      expect((await runHarness('check', join(folder, 'found', 'runs/18'))).exitCode).toBe(0)
    },
    SEARCH_MS_MAX,
  )

  test(
    'ends at an interruption, heals, and says what is known',
    async () => {
      const search = new HarnessProcess(['find-capacity', file, ...flags('stopped')])
      await search.waitFor('18/s  held')
      search.child.kill('SIGINT')
      const { exitCode, output } = await search.ended
      expect(exitCode).toBe(130)
      expect(output).toContain('highest rate that held: 18/s')
      expect(output).toContain('interrupted')
      expect(capacityIn('stopped')).toMatchObject({ limitedBy: 'interrupted', highestHeld: 18 })
    },
    SEARCH_MS_MAX,
  )

  test('what cannot be run is told before anything runs', async () => {
    const nobody = await runHarness('find-capacity', 'no-such-scenario')
    expect(nobody).toMatchObject({ exitCode: 2, output: expect.stringContaining('no scenario is called') })
    const again = await runHarness('find-capacity', file, ...flags('.'))
    expect(again).toMatchObject({ exitCode: 2, output: expect.stringContaining('expected a new or empty folder') })
  })
})
