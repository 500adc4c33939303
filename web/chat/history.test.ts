import { expect, test } from 'vitest'
import type { MessageFrame } from '../../service/protocol.ts'
import { OLDER_COUNT, readOlder } from './history.ts'

/** Answers like the service: what follows `after`, at most `pageMax` at once, from `firstKept` on. */
function service(count: number, { firstKept = 1, pageMax = 200 } = {}) {
  const asked: URL[] = []
  const get = (async (input: string) => {
    const url = new URL(input)
    asked.push(url)
    const after = Number(url.searchParams.get('after')?.split(':')[1] ?? 0)
    const from = Math.max(after, firstKept - 1)
    const limit = Math.min(pageMax, Number(url.searchParams.get('limit')))
    const end = Math.min(count, from + limit)
    const messages = Array.from({ length: end - from }, (_, index) => ({ seq: from + index + 1 }) as MessageFrame)
    const at = (seq: number) => ({ epoch: 'e', seq })
    return Response.json({ complete: from === after, from: at(from), position: at(end), top: at(count), messages })
  }) as typeof fetch
  return { asked, get }
}

const seqs = (messages: readonly MessageFrame[]) => messages.map(({ seq }) => seq)
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)
const request = (seq: number) => ({
  ...{ address: 'ws://127.0.0.1:8080/ws', credentials: { guest: 'ann' }, room: 'lobby' },
  oldest: { epoch: 'e', seq },
})

test('reads the messages right before the oldest', async () => {
  const { asked, get } = service(1000)
  const { messages, before } = await readOlder(request(901), get)
  expect(seqs(messages)).toEqual(range(901 - OLDER_COUNT, 900))
  expect(before).toBe('more')
  expect(asked.map(String)).toEqual([
    'http://127.0.0.1:8080/rooms/lobby/messages?after=e%3A700&limit=200&guest=ann',
  ])
})

test('goes on where a page ends early', async () => {
  const { asked, get } = service(1000, { pageMax: 90 })
  expect(seqs((await readOlder(request(901), get)).messages)).toEqual(range(701, 900))
  expect(asked).toHaveLength(3)
})

test('tells where the room begins', async () => {
  const { get } = service(100)
  expect(await readOlder(request(51), get)).toMatchObject({ before: 'beginning', messages: { length: 50 } })
})

test('tells where older messages are no longer kept', async () => {
  const some = await readOlder(request(151), service(200, { firstKept: 101 }).get)
  expect([some.before, seqs(some.messages)]).toEqual(['not-kept', range(101, 150)])
  const none = await readOlder(request(101), service(200, { firstKept: 101 }).get)
  expect(none).toEqual({ before: 'not-kept', messages: [] })
})

test('a token goes along, and not in the address', async () => {
  let headers: Record<string, string> = {}
  const get = (async (_url: string, init: { headers: Record<string, string> }) => {
    headers = init.headers
    return Response.json({ from: { seq: 0 }, position: { seq: 1 }, messages: [{ seq: 1 }] })
  }) as unknown as typeof fetch
  await readOlder({ ...request(2), credentials: { token: 'x.y.z' } }, get)
  expect(headers).toEqual({ authorization: 'Bearer x.y.z' })
})

test('a refusal is told in the words of the service', async () => {
  const get = (async () => Response.json({ error: 'too-fast', message: 'slow down' }, { status: 429 })) as typeof fetch
  await expect(readOlder(request(10), get)).rejects.toThrow('slow down')
})
