import { expect, test } from 'vitest'
import { history } from './history.ts'
import { checkLate } from './late.ts'

/** Three of Bob's deliveries were late: of messages meant for 3.1 s, 3.2 s and 9.1 s. */
const SKETCH = {
  sends: [
    { by: 'ann', atMs: 3_100 },
    { by: 'ann', atMs: 3_200 },
    { by: 'ann', atMs: 9_100 },
  ],
  clients: { ann: '0 1 2', bob: { streams: { lobby: '0 1 2' }, late: 3 } },
  faults: [{ target: 'chat-1', firedAtMs: 3_150, healedAtMs: 4_000 }],
  late: {
    slices: [
      { slice: 3, instance: 1, count: 1 },
      { slice: 3, instance: 1, count: 1 },
      { slice: 9, instance: -1, count: 1 },
    ],
    examples: [{ client: 1, room: 0, position: { epoch: 'a', seq: 1 }, number: 0, atMs: 8_200 }],
  },
}

test('counts what the memberships had, by second and instance', () => {
  const { run, phases } = history(SKETCH)
  expect(checkLate(run, phases)).toMatchObject({
    count: 3,
    breakdown: {
      moment: { steady: 3 },
      fault: { 'kill-instance chat-1': 2, none: 1 },
      instance: { 'chat-2': 2, disconnected: 1 },
      part: {},
    },
  })
})

test('an example tells how late it was, for whom and where', () => {
  const { run, phases } = history(SKETCH)
  const { examples } = checkLate(run, phases)
  expect(examples).toHaveLength(1)
  expect(examples[0]).toMatchObject({
    what: 'came 5100 ms after its intended send',
    client: 'bob',
    room: 'lobby',
    message: 0,
    sender: 'ann',
    position: { epoch: 'a', seq: 1 },
    instance: 'chat-2',
  })
})

test('a ledger that has no more than the counts', () => {
  const { run, phases } = history({ ...SKETCH, late: undefined })
  expect(checkLate(run, phases)).toMatchObject({ count: 3, examples: [] })
})

test('nothing was late', () => {
  const { run, phases } = history({ clients: { ann: '' } })
  expect(checkLate(run, phases)).toMatchObject({ count: 0, examples: [] })
})
