import { expect, test } from 'vitest'
import type { MessageFrame } from '../../service/protocol.ts'
import { ENTRIES_MAX, Timeline } from './timeline.ts'

function frame(seq: number, text: string, id = `other.1/${seq}`, epoch = 'e'): MessageFrame {
  return { type: 'message', room: 'lobby', epoch, seq, sentAt: seq * 1000, id, from: 'bob', text }
}

const texts = ({ entries, pending }: Timeline) =>
  [...entries, ...pending].map(entry => (entry.kind === 'gap' ? 'gap' : `${entry.text} ${entry.state}`))

test('an own message is there at once, keeps its key, and stands where the room has it', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'hello', 5)
  expect(texts(timeline)).toEqual(['hello sending'])
  timeline.deliver(frame(1, 'first'))
  timeline.acked('own 1', 'page.1/1', { epoch: 'e', seq: 2 })
  expect(texts(timeline)).toEqual(['first received', 'hello sent'])
  timeline.deliver(frame(2, 'hello', 'page.1/1'))
  timeline.deliver(frame(3, 'last'))
  expect(texts(timeline)).toEqual(['first received', 'hello sent', 'last received'])
  expect(timeline.entries[1]).toMatchObject({ key: 'own 1', id: 'page.1/1', position: { epoch: 'e', seq: 2 } })
})

test('a message that comes back before its ack is not shown twice', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'same', 5)
  timeline.send('own 2', 'ann', 'same', 6)
  timeline.deliver(frame(1, 'same', 'page.1/1'))
  timeline.acked('own 1', 'page.1/1', { epoch: 'e', seq: 1 })
  expect(texts(timeline)).toEqual(['same sent', 'same sending'])
  expect(timeline.pending[0]!.key).toBe('own 2')
})

test('the same text by somebody else is another message', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'same', 5)
  timeline.deliver(frame(1, 'same'))
  expect(texts(timeline)).toEqual(['same received', 'same sending'])
})

test('a message that failed and comes back after all is sent', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'hello', 5)
  timeline.failed('own 1', 'Nobody knows.')
  expect(timeline.pending[0]).toMatchObject({ state: 'failed', failure: 'Nobody knows.' })
  timeline.deliver(frame(1, 'hello', 'page.1/1'))
  expect(texts(timeline)).toEqual(['hello sent'])
  expect(timeline.entries[0]).toMatchObject({ failure: null })
})

test('what was acknowledged in a gap stays, before the gap', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'hello', 5)
  timeline.acked('own 1', 'page.1/1', { epoch: 'e', seq: 4 })
  timeline.gap({ epoch: 'e', seq: 0 }, { epoch: 'e', seq: 9 }, 'trimmed')
  timeline.deliver(frame(9, 'after'))
  expect(texts(timeline)).toEqual(['hello sent', 'gap', 'after received'])
})

test('taking a message away answers it once', () => {
  const timeline = new Timeline('page')
  timeline.send('own 1', 'ann', 'hello', 5)
  expect(timeline.take('own 1')?.text).toBe('hello')
  expect(timeline.take('own 1')).toBeNull()
})

test('older messages stand before all others', () => {
  const timeline = new Timeline('page')
  timeline.deliver(frame(3, 'three'))
  timeline.prepend([frame(1, 'one'), frame(2, 'two', 'page.1/1')])
  expect(texts(timeline)).toEqual(['one received', 'two sent', 'three received'])
  expect([timeline.oldest?.position.seq, timeline.newest?.position.seq]).toEqual([1, 3])
})

test('the oldest are forgotten where there are too many', () => {
  const timeline = new Timeline('page')
  for (let seq = 1; seq <= ENTRIES_MAX; seq += 1) timeline.deliver(frame(seq, 'text'))
  expect(timeline.shorten()).toBe(false)
  timeline.deliver(frame(ENTRIES_MAX + 1, 'text'))
  expect(timeline.shorten()).toBe(true)
  expect(timeline.entries.length).toBeLessThan(ENTRIES_MAX)
  expect(timeline.newest?.position.seq).toBe(ENTRIES_MAX + 1)
})

const LEFT = { sender: 'before', atMs: 5, after: null, failure: null }

test('what the page before a reload had sent is sent where it is in the log, and else failed', () => {
  const timeline = new Timeline('page')
  for (const [index, text] of ['zero', 'one', 'two'].entries()) {
    timeline.restore(`left ${index}`, 'ann', { ...LEFT, text }, 'Nobody knows.')
  }
  timeline.deliver(frame(2, 'one', 'before.1/2'))
  timeline.deliver(frame(3, 'two', 'elsewhere.1/1'))
  expect(texts(timeline)).toEqual(['one sent', 'two received', 'zero failed', 'two failed'])
  // Sent after one, it cannot stand before it.
  timeline.prepend([frame(0, 'two', 'before.1/0'), frame(1, 'zero', 'before.1/1')])
  expect(texts(timeline)).toEqual(['two sent', 'zero sent', 'one sent', 'two received', 'two failed'])
})

test('an equal text that was sent earlier is not taken for a later one', () => {
  const before = new Timeline('before')
  before.send('own 1', 'ann', 'ok', 5)
  before.send('own 2', 'ann', 'ok', 6)
  before.acked('own 1', 'before.1/1', { epoch: 'e', seq: 7 })
  const left = before.pending[1]!
  expect(left.after).toEqual({ epoch: 'e', seq: 7 })
  const timeline = new Timeline('page')
  timeline.restore('left 0', 'ann', left, 'Nobody knows.')
  timeline.deliver(frame(7, 'ok', 'before.1/1'))
  expect(texts(timeline)).toEqual(['ok sent', 'ok failed'])
  timeline.deliver(frame(9, 'ok', 'before.1/2'))
  expect(texts(timeline)).toEqual(['ok sent', 'ok sent'])
})
