import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { RoundLog } from './round-log.ts'
import type { Sample } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuesday-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

const sample: Sample = {
  ...{ measurement: 'growth', subject: 'tuesday', point: '100 clients', round: 1 },
  ...{ values: { cpuUsPerDelivery: 12 }, saturated: null },
}

test('what is finished is there again, except a line that was cut off', () => {
  const path = join(folder, 'full.jsonl')
  const log = RoundLog.open(path, true)
  log.add({ measurement: 'growth', round: 1, samples: [sample] })
  appendFileSync(path, '{"measurement":"growth","round":2,"sam')
  const again = RoundLog.open(path, true)
  expect(again.samples).toEqual([sample])
  expect([again.has('growth', 1), again.has('growth', 2), again.has('fan-out', 1)]).toEqual([true, false, false])
  again.add({ measurement: 'growth', round: 2, samples: [{ ...sample, round: 2 }] })
  expect(RoundLog.open(path, true).roundCount).toBe(2)
})

test('a log that is complete is not gone on with, nor one of a run that does not resume', () => {
  const path = join(folder, 'complete.jsonl')
  const log = RoundLog.open(path, true)
  log.add({ measurement: 'growth', round: 1, samples: [sample] })
  expect(RoundLog.open(path, true).roundCount).toBe(1)
  log.complete()
  expect(RoundLog.open(path, true).roundCount).toBe(0)
  RoundLog.open(path, false).add({ measurement: 'growth', round: 1, samples: [sample] })
  expect(RoundLog.open(path, false).roundCount).toBe(0)
})
