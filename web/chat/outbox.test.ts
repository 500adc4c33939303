import { expect, test, vi } from 'vitest'
import { Outbox } from './outbox.ts'
import { SafeStore } from './safe-store.ts'
import { frame, memory, start } from './test-chat.ts'
import { settle } from './test-page.ts'

test('a message that was under way at a reload is there after it, once, and can be sent again', async () => {
  const first = await start()
  first.chat.open('lobby')
  first.join('lobby')
  first.chat.send('lobby', 'arrives')
  first.chat.send('lobby', 'is lost')
  expect(first.chat.isSending).toBe(true)
  const { chat, clock, socket, join } = await start(first.store, 'next')
  expect(chat.isSending).toBe(false)
  chat.open('lobby')
  join('lobby')
  socket.tell(frame('lobby', 1, 'ann', 'arrives', 'page.1/1'))
  clock.pass(20)
  const shown = () =>
    chat.view.room!.rows.flatMap(row => (row.kind === 'message' ? [`${row.message.text} ${row.message.state}`] : []))
  expect(shown()).toEqual(['arrives sent', 'is lost failed'])
  chat.retry('lobby', chat.view.room!.rows.at(-1)!.key)
  expect(shown()).toEqual(['arrives sent', 'is lost sending'])
  expect(socket.last('send')).toMatchObject({ text: 'is lost' })
  socket.tell(frame('lobby', 2, 'ann', 'is lost', 'next.1/1'))
  clock.pass(20)
  const third = await start(first.store, 'third')
  third.chat.open('lobby')
  expect(third.chat.view.room!.rows).toEqual([])
})

test('a message that arrived before a reload is found further up; one that did not is looked for as far as it can stand', async () => {
  const first = await start()
  first.chat.open('lobby')
  first.join('lobby', 99)
  first.socket.tell(frame('lobby', 100))
  first.chat.send('lobby', 'arrives')
  first.chat.send('lobby', 'is lost')
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const after = Number(new URL(url).searchParams.get('after')?.split(':')[1] ?? 0)
    asked.push(`after ${after}`)
    const seqs = Array.from({ length: 200 }, (_, index) => after + index + 1)
    const messages = seqs.map(seq =>
      seq === 150 ? frame('lobby', seq, 'ann', 'arrives', 'page.1/1') : frame('lobby', seq),
    )
    return Response.json({ from: { epoch: 'e', seq: after }, position: { epoch: 'e', seq: after + 200 }, messages })
  })
  const { chat, clock, socket, join } = await start(first.store, 'next')
  chat.open('lobby')
  join('lobby', 450)
  socket.tell(...Array.from({ length: 50 }, (_, index) => frame('lobby', 451 + index)))
  for (let turn = 0; turn < 5; turn++) {
    clock.pass(20)
    await settle()
  }
  vi.unstubAllGlobals()
  // Not further: at 100 it was not there yet.
  expect(asked).toEqual(['after 250', 'after 50'])
  const own = chat.view.room!.rows.flatMap(row =>
    row.kind === 'message' && row.message.from === 'ann' ? [row.message] : [],
  )
  expect(own.map(({ text, state, position }) => [text, state, position?.seq])).toEqual([
    ['arrives', 'sent', 150],
    ['is lost', 'failed', undefined],
  ])
})

test('what somebody else has left in the tab, and what cannot be read, is not taken', async () => {
  const store = memory()
  const left = { sender: 'x', text: 'secret', atMs: 1, after: null, failure: null }
  new Outbox(new SafeStore(store), 'eve').keep({ lobby: [left] })
  expect(new Outbox(new SafeStore(store), 'eve').read()).toEqual({ lobby: [left] })
  expect(new Outbox(new SafeStore(store), 'ann').read()).toEqual({})
  for (const text of ['{', '{"user":"ann"}', '{"user":"ann","rooms":{"lobby":[{"text":1}]}}', '[]', '7']) {
    store.setItem('tuesday:unsent', text)
    expect(new Outbox(new SafeStore(store), 'ann').read()).toEqual({})
  }
})

test('unsent messages are written when they have changed, and not with each drawing', () => {
  const store = memory()
  let writes = 0
  const setItem = (key: string, value: string) => {
    writes += 1
    store.setItem(key, value)
  }
  const outbox = new Outbox(new SafeStore({ ...store, setItem }), 'ann')
  const rooms = { lobby: [{ sender: 'page', text: 'hello', atMs: 1, after: null, failure: null }] }
  for (let drawing = 0; drawing < 3; drawing++) outbox.keep(rooms)
  expect(writes).toBe(1)
  outbox.keep({})
  outbox.keep(rooms)
  expect(writes).toBe(2)
  expect(outbox.read()).toEqual(rooms)
})
