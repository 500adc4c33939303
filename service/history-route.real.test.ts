import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessageFrame, Position } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis } from './test-cluster.ts'

interface HistoryAnswer {
  readonly room: string
  readonly complete: boolean
  readonly from: Position
  readonly position: Position
  readonly top: Position
  readonly messages: readonly MessageFrame[]
}

const ROOM = 'long.room~1'
const COUNT = 450

let redis: TestRedis
let instance: TestInstance
let locked: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[instance, locked] = await Promise.all([
    TestInstance.start('open', redis.url, { REDIS_COMMAND_MS: '300', FRAMES_BURST: '1000' }),
    TestInstance.start('locked', redis.url, { GUESTS: 'deny' }),
  ])
  const client = await TestClient.joined(instance, ROOM)
  for (let count = 1; count <= COUNT; count++) await redis.appendWithoutHint(ROOM, `"text" ${count}\n🙂`)
  await client.close()
})
afterAll(stopEverything)

const pathOf = (query = '', room = ROOM) => `/rooms/${room}/messages?guest=ann${query === '' ? '' : `&${query}`}`

async function history(query = '', room = ROOM): Promise<HistoryAnswer> {
  const response = await fetch(instance.url + pathOf(query, room))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch('application/json')
  return response.json() as Promise<HistoryAnswer>
}

const at = ({ epoch, seq }: Position) => `after=${epoch}:${seq}`

describe('GET /rooms/:room/messages', () => {
  it('pages from the beginning to the top, each page where the last one ended', async () => {
    let page = await history()
    const messages = [...page.messages]
    const sizes = [page.messages.length]
    while (page.position.seq < page.top.seq) {
      const next = await history(`${at(page.position)}`)
      expect([next.complete, next.from.seq]).toEqual([true, page.position.seq])
      page = next
      messages.push(...page.messages)
      sizes.push(page.messages.length)
    }
    expect(sizes).toEqual([200, 200, 50])
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1))
    expect(page.position).toEqual(page.top)
    expect(messages.at(-1)).toMatchObject({ type: 'message', room: ROOM, from: 'silent', text: `"text" ${COUNT}\n🙂` })
  })

  it('is complete from the beginning, takes a limit, and says where to go on', async () => {
    const page = await history('limit=3')
    expect(page).toMatchObject({
      room: ROOM,
      complete: true,
      from: { seq: 0 },
      position: { seq: 3 },
      top: { seq: COUNT },
    })
    expect(page.messages).toHaveLength(3)
    const next = await history(`limit=1&${at(page.position)}`)
    expect(next.messages.map(({ seq }) => seq)).toEqual([4])
  })

  it('has nothing after the top, and nothing in a room that nobody used', async () => {
    const { top } = await history('limit=1')
    expect(await history(`${at(top)}`)).toMatchObject({ complete: true, position: top, messages: [] })
    const empty = await history('', 'unused')
    expect(empty).toMatchObject({ complete: true, position: { seq: 0 }, top: { seq: 0 }, messages: [] })
  })

  it('says that it is not complete after an unknown epoch, beyond the top, and where the log is trimmed', async () => {
    const { top } = await history('limit=1')
    expect(await history('after=unknown:5')).toMatchObject({ complete: false, from: { seq: 0 } })
    expect(await history(`${at({ ...top, seq: top.seq + 5 })}`)).toMatchObject({
      complete: false,
      from: top,
      messages: [],
    })
    const room = 'trimmed'
    for (let count = 0; count < 5; count++) await redis.appendWithoutHint(room, 'x')
    await redis.control.xtrim(`tuesday:{${room}}:log`, 'MINID', '4-0')
    expect(await history('', room)).toMatchObject({ complete: false, from: { seq: 3 }, position: { seq: 5 } })
  })

  it.each([
    ...['limit=0', 'limit=201', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=', 'limit=1&limit=2'],
    ...[
      'after=',
      'after=5',
      'after=a',
      'after=a:',
      'after=:5',
      'after=a:-1',
      'after=a:1.5',
      'after=a:b',
      'after=a%20b:1',
    ],
    ...[`after=${'a'.repeat(33)}:1`, 'after=a:1234567890123456', 'after=a:1%0A', 'after=a:1&after=a:2'],
  ])('refuses ?%s', async query => {
    expect(await instance.statusOf(pathOf(query))).toBe(400)
  })

  it.each(['a%20b', '-a', 'a%2Fb', 'a%7Bb%7D', 'a%0A', 'a'.repeat(65), '%F0%9F%99%82'])(
    'refuses the room %s',
    async room => {
      expect(await instance.statusOf(pathOf('', room))).toBe(400)
    },
  )

  it('needs a token where guests are denied, whatever the room', async () => {
    for (const room of [ROOM, 'unused']) expect(await locked.statusOf(pathOf('', room))).toBe(401)
  })

  it('says 503 where Redis does not answer in time, and goes on afterwards', async () => {
    await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    expect(await instance.statusOf(pathOf())).toBe(503)
    await redis.control.call('CLIENT', 'UNPAUSE')
    expect((await history('limit=1')).messages).toHaveLength(1)
  })
})
