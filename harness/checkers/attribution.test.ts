import { expect, test } from 'vitest'
import { attribute } from './attribution.ts'
import { mayHit } from './fault-window.ts'
import { FindingCollector } from './finding.ts'
import { history } from './history.ts'
import { checkLost } from './lost.ts'

const KILL = { target: 'chat-2', firedAtMs: 3_000, healedAtMs: 5_000 }
const STOP = { kind: 'stop-instance', target: 'chat-1', firedAtMs: 4_000, healedAtMs: 7_000 } as const

function faultAt(atMs: number, faults = [KILL, STOP]) {
  const { run, phases } = history({ clients: { ann: '' }, faults })
  return attribute(run, phases, { what: 'seen', atMs }).fault
}

test.each([
  [2_999, null],
  [3_000, 'kill-instance chat-2'],
  [4_000, 'kill-instance chat-2 + stop-instance chat-1'],
  [4_999, 'kill-instance chat-2 + stop-instance chat-1'],
  [5_000, 'stop-instance chat-1'],
  [7_000, null],
])('at %i ms: %s', (atMs, fault) => {
  expect(faultAt(atMs)).toBe(fault)
})

test('a fault that never healed lasts to the end', () => {
  const { run, phases } = history({ clients: { ann: '' }, faults: [{ ...KILL, healedAtMs: null }] })
  expect(attribute(run, phases, { what: 'seen', atMs: 60_000 }).fault).toBe('kill-instance chat-2')
})

test('every case is counted by its circumstances, also those beyond the examples', () => {
  const sends = Array.from({ length: 40 }, (_, number) => ({ by: 'ann', atMs: number * 250 }))
  const delivered = [...sends.keys()].filter(number => number < 5 || number > 34)
  const { run, phases } = history({
    sends,
    clients: { ann: [...sends.keys()].join(' '), bob: delivered.join(' ') },
    faults: [KILL],
  })
  const { lost } = checkLost(run, phases)
  expect(lost).toMatchObject({
    count: 30,
    breakdown: {
      moment: { steady: 30 },
      fault: { none: 22, 'kill-instance chat-2': 8 },
      instance: { 'chat-2': 30 },
      part: { middle: 30 },
    },
  })
  expect(lost.examples).toHaveLength(20)
})

test('losses by the part of the stream that they are missing from', () => {
  const sends = Array.from({ length: 6 }, () => 'ann')
  const everything = '0 1 2 3 4 5'
  const clients = { ann: everything, bob: '1 2 4', cleo: '' }
  const { run, phases } = history({ instances: 3, sends, clients })
  expect(checkLost(run, phases).lost.breakdown).toMatchObject({
    part: { prefix: 1, middle: 1, end: 1, whole: 6 },
    instance: { 'chat-2': 3, 'chat-3': 6 },
  })
})

test('what is not known is left out', () => {
  const collector = new FindingCollector()
  const { run, phases } = history({ clients: { ann: '' } })
  collector.add(attribute(run, phases, { what: 'seen at no time' }), 3)
  expect(collector.finding()).toMatchObject({ count: 3, breakdown: { moment: {}, fault: {}, instance: {}, part: {} } })
})

test.each([
  ['chat-2', [1]],
  ['redis', [0, 1, 2]],
])('the target %s may hit the instances %j', (target, indexes) => {
  const plan = { instances: ['chat-1', 'chat-2', 'chat-3'] }
  expect([0, 1, 2].filter(instance => mayHit(plan, target, instance))).toEqual(indexes)
})
