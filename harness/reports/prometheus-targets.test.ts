import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { announceTargets, TARGETS_FILE, targetGroups } from './prometheus-targets.ts'

const host = '127.0.0.1'
const instances = [
  { host, port: 21001 },
  { host, port: 21002 },
]

test('names the instances, the harness and the balancer, each by its job', () => {
  expect(targetGroups({ instances, harness: { host, port: 9464 }, balancer: { host, port: 8404 } })).toEqual([
    { targets: ['127.0.0.1:21001', '127.0.0.1:21002'], labels: { job: 'tuesday' } },
    { targets: ['127.0.0.1:9464'], labels: { job: 'tuesday-harness' } },
    { targets: ['127.0.0.1:8404'], labels: { job: 'haproxy' } },
  ])
})

test('leaves out a harness without metrics and a balancer that is not there', () => {
  expect(targetGroups({ instances, harness: null, balancer: null }).map(({ labels }) => labels.job)).toEqual([
    'tuesday',
  ])
})

test('there is nothing to scrape any more once the run is over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-targets-'))
  const read = () => JSON.parse(readFileSync(join(folder, TARGETS_FILE), 'utf8'))
  try {
    {
      using _announced = announceTargets(folder, { instances, harness: null, balancer: null })
      expect(read()).toEqual(targetGroups({ instances, harness: null, balancer: null }))
    }
    expect(read()).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
