import { expect, test } from 'vitest'
import { checkDiverged } from './diverged.ts'
import { type HistorySketch, history } from './history.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  return checkDiverged(run, phases)
}
const sends = ['ann', 'bob', 'ann']

test('accepts the same order everywhere', () => {
  expect(judge({ sends, clients: { ann: '0 1 2', bob: '0 | 1 2' } }).count).toBe(0)
})

test('accepts a repetition at another place: that is a duplicate', () => {
  expect(judge({ sends, clients: { ann: '0 1 2', bob: '0@b:1 | 0' } }).count).toBe(0)
})

test('accepts a repetition of what nobody sent: that is a phantom', () => {
  const two = ['ann', { by: 'ann', at: 3 }]
  expect(judge({ sends: two, clients: { ann: '0 1', bob: '0 -1@2 1 -1@2' } }).count).toBe(0)
  expect(judge({ sends: two, clients: { ann: '0 1', bob: '0 1 -1@2' } }).count).toBe(1)
})

test('accepts missing messages', () => {
  expect(judge({ sends, clients: { ann: '0 2', bob: '1 2' } }).count).toBe(0)
})

test('accepts a repetition at the same place: that is a duplicate', () => {
  expect(judge({ sends, clients: { ann: '0 1 2', bob: '0 1 | 0 1 2' } }).count).toBe(0)
})

test('accepts a later epoch that begins at a lower seq', () => {
  const lossy = ['ann', 'bob', { by: 'ann', at: 'b:2' }]
  expect(judge({ sends: lossy, logs: { lobby: '0 2' }, clients: { ann: '0 1 | 2', bob: '0 1 | 2' } }).count).toBe(0)
})

test('rejects a client that sees another message at a place than the log and the ack say', () => {
  const found = judge({ sends, clients: { ann: '0 1 2', bob: '0 2@2 1@3' } })
  expect(found.count).toBe(2)
  expect(found.examples[0]).toMatchObject({
    what: 'delivered at the place of message 1',
    client: 'bob',
    message: 2,
    position: { epoch: 'a', seq: 2 },
  })
})

test('rejects two clients that disagree where neither log nor ack knows', () => {
  const unknown = [
    { by: 'ann', outcome: 'unknown' },
    { by: 'bob', outcome: 'unknown' },
  ] as const
  const clients = { ann: '0@1 1@2', bob: '1@1 0@2' }
  expect(judge({ sends: unknown, logs: { lobby: null }, clients }).count).toBe(2)
})

test('rejects a client whose deliveries step back', () => {
  const found = judge({ sends, clients: { ann: '0 1 2', bob: '0 2 1' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ what: 'delivered after a message of a later place', message: 1 })
})

test('rejects each step back behind the latest place seen', () => {
  expect(judge({ sends: ['ann', 'ann', 'ann', 'ann'], clients: { ann: '0 1 2 3', bob: '3 0 2' } }).count).toBe(2)
})

test('rejects each delivery behind the latest place seen, however they follow each other', () => {
  const four = ['ann', 'ann', 'ann', 'ann']
  const late = (stream: string) => judge({ sends: four, clients: { ann: '0 1 2 3', bob: stream } })
  expect(late('3 0 1 2').count).toBe(3)
  expect(late('3 0 1 | 2').count).toBe(3)
  expect(late('3 0 1 2').examples.map(({ message }) => message)).toEqual([0, 1, 2])
})

test('rejects what comes too late for the first time, in the middle of a repetition', () => {
  const four = ['ann', 'ann', 'ann', 'ann']
  const found = judge({ sends: four, clients: { ann: '0 1 2 3', bob: '0 2 3 0 1 2 3' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ message: 1, client: 'bob' })
})

test('knows of an epoch by a gap and by a hole', () => {
  const unknown = { by: 'bob', outcome: 'unknown' } as const
  const count = (stream: string, holes: readonly string[] = []) => {
    const clients = { ann: '0', bob: { streams: { lobby: stream }, holes } }
    return judge({ sends: ['ann', unknown, unknown], logs: { lobby: null }, clients }).count
  }
  expect(count('0 1@z:1 2@b:2')).toBe(0)
  expect(count('0 gap(1,b:2) 1@z:1 2@b:2')).toBe(1)
  expect(count('0 1@z:1 2@b:2', ['1-b:2'])).toBe(1)
})

test('rejects an earlier epoch after a later one', () => {
  const two = ['ann', { by: 'bob', at: 'b:2' }]
  expect(judge({ sends: two, clients: { ann: '0 1', bob: '1 0' } }).count).toBe(1)
})

test('rejects an order that is not the log’s, though places rise and nobody else is told of them', () => {
  const clients = { ann: '0 1 2', bob: '1 0@b:1 2@b:2' }
  expect(judge({ sends, logs: { lobby: '0 1 2' }, clients }).count).toBe(1)
})

test('accepts a message at another place, where that changes no order', () => {
  const two = ['ann', 'bob']
  expect(judge({ sends: two, clients: { ann: '0 1', bob: '0 1@b:2' } }).count).toBe(0)
})

test('counts a delivery once, whatever is wrong with it', () => {
  expect(judge({ sends, clients: { ann: '0 1 2', bob: '2@3 1@1' } }).count).toBe(1)
})

test('rejects an ack at the place of another message in the log', () => {
  const found = judge({ sends, clients: { ann: '', bob: '' }, logs: { lobby: '0 2@2 1@3' } })
  expect(found.count).toBe(2)
  expect(found.examples[0]).toMatchObject({ client: null, what: 'acknowledged at the place of message 2', message: 1 })
})

test('rejects two messages acknowledged at one place', () => {
  const twice = ['ann', { by: 'bob', at: 1 }]
  expect(judge({ sends: twice, logs: { lobby: null }, clients: { ann: '', bob: '' } }).count).toBe(1)
})

test('rejects a log with two messages at one place', () => {
  expect(judge({ sends: ['ann'], logs: { lobby: '0@1 ?1' }, clients: { ann: '0', bob: '0' } }).count).toBe(1)
})
