import { expect, test } from 'vitest'
import { type ProgressSnapshot, progressLine } from './progress.ts'

const SNAPSHOT: ProgressSnapshot = {
  phase: 'load',
  atSeconds: 12.7,
  clientsConnected: 87,
  clients: 100,
  sentPerSecond: 199.6,
  ackedPerSecond: 180,
  deliveredPerSecond: 4_100,
  outstanding: 37,
  crossP99Ms: 8.24,
  http: null,
  faultActive: 'kill-instance chat-2',
}

test('one plain line', () => {
  expect(progressLine(SNAPSHOT)).toBe(
    'load       12 s  clients  87/100  sent    200/s  acked    180/s  delivered   4100/s  ' +
      'outstanding     37  across p99   8.2 ms  fault kill-instance chat-2',
  )
})

test('without samples and faults, with its fields in the same places', () => {
  const quiet = progressLine({ ...SNAPSHOT, phase: 'settling', atSeconds: null, crossP99Ms: null, faultActive: null })
  expect(quiet).toContain('across p99     - ms')
  expect(quiet).not.toContain('fault')
  expect(quiet.indexOf('outstanding')).toBe(progressLine(SNAPSHOT).indexOf('outstanding'))
})
