import { expect, test, vi } from 'vitest'
import type { Chat } from './chat.ts'
import type { RoomView } from './room.ts'
import { SafeStore } from './safe-store.ts'
import { ROOMS_KEY, Storage } from './storage.ts'
import { frame, memory, start } from './test-chat.ts'
import { settle } from './test-page.ts'
import { ENTRIES_MAX } from './timeline.ts'

const unread = (chat: Chat) => Object.fromEntries(chat.view.rooms.map(room => [room.name, room.unreadCount]))
const hasLine = (chat: Chat) => chat.view.room!.rows.some(row => row.kind === 'unread')

test('the rooms of the last time are joined, and a new one is kept', async () => {
  const { chat, socket, storage } = await start(memory({ [ROOMS_KEY]: '["lobby","kitchen","<bad>"]' }))
  expect(socket.written.map(({ room }) => room)).toEqual(['lobby', 'kitchen'])
  chat.open('garden')
  expect(storage.rooms).toEqual(['lobby', 'kitchen', 'garden'])
  chat.leave('kitchen')
  expect(storage.rooms).toEqual(['lobby', 'garden'])
})

test('what comes into a room that is not looked at is unread, with a line before it', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  chat.open('kitchen')
  join('lobby')
  join('kitchen')
  socket.tell(frame('lobby', 1), frame('lobby', 2), frame('kitchen', 1))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 2, kitchen: 0 })
  expect(chat.view.unreadCount).toBe(2)
  chat.open('lobby')
  expect(unread(chat)).toEqual({ lobby: 0, kitchen: 0 })
  expect(hasLine(chat)).toBe(true)
  chat.send('lobby', 'an answer')
  expect(hasLine(chat)).toBe(false)
})

test('a page in the background, or scrolled up, does not read', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  join('lobby')
  chat.setVisible(false)
  socket.tell(frame('lobby', 1))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 1 })
  chat.setVisible(true)
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 0 })
  chat.setAtEnd(false)
  socket.tell(frame('lobby', 2))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 1 })
})

test('after a reload, what came since is unread, and what was seen is not', async () => {
  const first = await start()
  first.chat.open('lobby')
  first.join('lobby')
  first.socket.tell(frame('lobby', 1), frame('lobby', 2))
  first.clock.pass(20)
  const { chat, clock, socket } = await start(first.store)
  const at = { epoch: 'e', seq: 0 }
  socket.tell({ type: 'joined', room: 'lobby', position: at, complete: true, top: 3 })
  socket.tell(...[1, 2, 3].map(seq => frame('lobby', seq)))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 1 })
  chat.open('lobby')
  expect(hasLine(chat)).toBe(true)
})

test('each absence has a line of its own', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  join('lobby')
  const readUpTo = (seq: number) => {
    chat.setVisible(false)
    socket.tell(frame('lobby', seq - 1), frame('lobby', seq))
    chat.setVisible(true)
    clock.pass(20)
  }
  readUpTo(2)
  readUpTo(4)
  const rows = chat.view.room!.rows.map(row => (row.kind === 'message' ? row.message.text : row.kind))
  expect(rows.slice(1)).toEqual(['text 1', 'text 2', 'unread', 'text 3', 'text 4'])
})

test('in a new history of the room, numbers begin anew, and what comes is unread all the same', async () => {
  const first = await start()
  first.chat.open('lobby')
  first.join('lobby', 500)
  first.socket.tell(frame('lobby', 501))
  first.clock.pass(20)
  const { chat, clock, socket } = await start(first.store)
  socket.tell({ type: 'joined', room: 'lobby', position: { epoch: 'f', seq: 0 }, complete: true, top: 2 })
  socket.tell(...[1, 2].map(seq => ({ ...frame('lobby', seq), epoch: 'f' })))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 2 })
  chat.open('lobby')
  expect(chat.view.room!.rows.map(row => row.kind)).toEqual(['day', 'unread', 'message', 'message'])
})

test('what is held of a room that nobody looks at is bounded', async () => {
  const { chat, clock, socket, join } = await start(memory({ [ROOMS_KEY]: '["lobby"]' }))
  join('lobby')
  for (let seq = 1; seq <= 3 * ENTRIES_MAX; seq += 1) socket.tell(frame('lobby', seq))
  clock.pass(20)
  expect(chat.history('lobby').length).toBeLessThanOrEqual(2 * ENTRIES_MAX)
  expect(unread(chat)).toEqual({ lobby: 3 * ENTRIES_MAX })
})

test('at the first visit nothing of the past is unread', async () => {
  const { chat, clock, socket } = await start(memory({ [ROOMS_KEY]: '["lobby"]' }))
  socket.tell({ type: 'joined', room: 'lobby', position: { epoch: 'e', seq: 0 }, complete: true, top: 2 })
  socket.tell(frame('lobby', 1), frame('lobby', 2), frame('lobby', 3))
  clock.pass(20)
  expect(unread(chat)).toEqual({ lobby: 1 })
})

test('a draft is there after a reload, and gone when it is empty', async () => {
  const { chat, store } = await start()
  chat.open('lobby')
  chat.setDraft('lobby', 'half a sen')
  const second = await start(store)
  second.chat.open('lobby')
  expect(second.chat.view.room!.draft).toBe('half a sen')
  second.chat.setDraft('lobby', '')
  expect(new Storage(new SafeStore(store)).draft('lobby')).toBe('')
})

test("people who share a browser do not see each other's drafts", () => {
  const storage = new Storage(new SafeStore(memory()))
  storage.of('ann').setDraft('lobby', 'half a sen')
  storage.of('ann').setRead('lobby', { epoch: 'e', seq: 3 })
  expect(storage.of('bob').draft('lobby')).toBe('')
  expect(storage.of('bob').read('lobby')).toBeNull()
  expect(storage.of('ann').draft('lobby')).toBe('half a sen')
})

test('a refused message can be sent again, and is there once', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  join('lobby')
  chat.send('lobby', 'x'.repeat(200))
  const failed = chat.view.room!.rows.at(-1)!
  expect(failed).toMatchObject({ message: { state: 'failed', failure: 'Not sent: text is longer than textBytesMax.' } })
  chat.retry('lobby', failed.key)
  clock.pass(20)
  const messages = chat.view.room!.rows.filter(row => row.kind === 'message')
  expect(messages).toHaveLength(1)
  chat.discard('lobby', messages[0]!.key)
  expect(chat.view.room!.rows).toEqual([])
  expect(socket.last('send')).toBeUndefined()
})

test('the hook tells each message once and in order, also the own', async () => {
  const { chat, socket, join, delivered } = await start()
  chat.open('lobby')
  join('lobby')
  chat.send('lobby', 'mine')
  socket.tell(
    frame('lobby', 1),
    frame('lobby', 2, 'ann', 'mine', 'page.1/1'),
    frame('lobby', 2, 'ann', 'mine', 'page.1/1'),
  )
  expect(delivered.map(({ room, seq, text }) => [room, seq, text])).toEqual([
    ['lobby', 1, 'text 1'],
    ['lobby', 2, 'mine'],
  ])
  expect(chat.history('lobby')).toEqual(delivered.map(({ room: _, ...message }) => message))
})

test('counts are forgotten while nobody counts', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  join('lobby')
  socket.tell({ type: 'count', room: 'lobby', connections: 3, participants: 2 })
  clock.pass(20)
  expect(chat.view.room).toMatchObject({ connections: 3, participants: 2 })
  socket.onclose!({ code: 1006 })
  expect(chat.view.room).toMatchObject({ connections: 3 })
  clock.pass(20)
  expect(chat.view.room).toMatchObject({ connections: null, participants: null })
})

test('a room that may not be entered says so', async () => {
  const { chat, clock, socket } = await start()
  chat.open('secret')
  socket.tell({ type: 'error', room: 'secret', code: 'forbidden', message: 'the token does not allow this room' })
  clock.pass(20)
  expect(chat.view.room).toMatchObject({ status: 'refused', refusal: 'the token does not allow this room' })
})

test('another tab joins and leaves rooms for this one, but not the one that is looked at', async () => {
  const { chat, clock, storage, socket } = await start()
  chat.open('lobby')
  chat.open('kitchen')
  storage.rooms = ['garden']
  chat.roomsChangedElsewhere()
  expect(socket.last('join')).toMatchObject({ room: 'garden' })
  clock.pass(20)
  expect(chat.view.rooms.map(room => room.name)).toEqual(['kitchen', 'garden'])
})

test('older messages are drawn apart from what has come at the end', async () => {
  const { chat, socket, join } = await start()
  chat.open('lobby')
  join('lobby', 2)
  socket.tell(frame('lobby', 3))
  const position = { epoch: 'e', seq: 2 }
  const older = { from: { epoch: 'e', seq: 0 }, position, messages: [frame('lobby', 1), frame('lobby', 2)] }
  vi.stubGlobal('fetch', async () => Response.json(older))
  const drawn: [startVersion: number, messages: number][] = []
  // As React does.
  const draw = ({ startVersion, rows }: RoomView) =>
    drawn.push([startVersion, rows.filter(row => row.kind === 'message').length])
  chat.subscribe(() => queueMicrotask(() => draw(chat.view.room!)))
  const reading = chat.readOlder('lobby')
  socket.tell(frame('lobby', 4))
  await reading
  vi.unstubAllGlobals()
  await settle()
  expect(drawn).toEqual([
    [0, 2],
    [1, 4],
  ])
})

test('many messages at once are drawn once', async () => {
  const { chat, clock, socket, join } = await start()
  chat.open('lobby')
  join('lobby')
  clock.pass(20)
  let draws = 0
  chat.subscribe(() => {
    draws += 1
  })
  socket.tell(...Array.from({ length: 500 }, (_, index) => frame('lobby', index + 1)))
  clock.pass(20)
  expect(draws).toBe(1)
  expect(chat.view.room!.rows.filter(row => row.kind === 'message')).toHaveLength(500)
})
