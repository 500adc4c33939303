import { expect, test } from 'vitest'
import { troubles } from './html/trouble.ts'
import { renderJunit } from './junit.ts'
import { pauseLines } from './pause-text.ts'
import { SAMPLE_RUNS } from './sample-runs.ts'
import { renderSummary } from './summary.ts'
import { renderTerminal } from './terminal.ts'

const OF_DISK =
  'Redis stood still for up to 243 ms around 2 s of the load, in 2 different seconds: aof-fsync-always (it waited for its disk, which something else kept busy, or which is slow)'

test('each cause has a line, with what is known of it', () => {
  const pause = { seconds: 1, longestMs: 21, longestAtMs: 400 }
  expect(pauseLines([{ ...pause, cause: 'eviction-cycle' }])).toEqual([
    'Redis stood still for up to 21.0 ms around 0 s of the load: eviction-cycle',
  ])
  expect(pauseLines(SAMPLE_RUNS.fail.redisPauses)[0]).toBe(OF_DISK)
  expect(pauseLines(undefined)).toEqual([])
})

test('whoever reads that a latency broke its budget reads that Redis stood still', () => {
  const run = SAMPLE_RUNS.fail
  expect(renderTerminal(run, { folder: 'runs/x', report: null, useColours: false })).toContain(OF_DISK)
  expect(renderJunit(run)).toContain(OF_DISK)
  // Its markup is escaped.
  expect(renderSummary(run).replaceAll('\\', '')).toContain(OF_DISK)
  const broken = troubles(run).filter(({ facts }) => facts.includes(OF_DISK))
  expect(broken.map(({ title }) => title)).toEqual([expect.stringMatching(/^ackP99Ms/)])
})

test('it says nothing where the latencies hold', () => {
  const calm = { ...SAMPLE_RUNS.pass, redisPauses: SAMPLE_RUNS.fail.redisPauses! }
  expect(renderSummary(calm)).not.toContain('stood still')
  expect(troubles(calm)).toEqual([])
})
