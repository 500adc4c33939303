/** How tabs are closed, as a service sees it. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { CLOSE_CODES, SUBPROTOCOL } from '../../service/protocol.ts'
import { Churn } from './churn.ts'
import { Presence } from './presence.ts'

const ROOMS = [1, 2, 3].map(number => ({ room: number - 1, name: `room-${number}`, members: 0 }))
const TABS = 60

/** By the tab's number. */
const seen = new Map<number, { rooms: number; way: 'left' | 'reset' | 'closed' }>()
let server: WebSocketServer
let isFull: boolean

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL })
  server.on('connection', (socket, request) => serve(socket, /visitor-\d+-(\d+)/.exec(request.url!)?.[1] ?? null))
  await once(server, 'listening')
})

beforeEach(() => {
  seen.clear()
  isFull = false
})

afterAll(async () => {
  for (const client of server.clients) client.terminate()
  await new Promise(resolve => server.close(resolve))
})

/** A null is whoever looks at the counters. */
function serve(socket: WebSocket, number: string | null): void {
  if (isFull && number !== null) return socket.close(CLOSE_CODES.tooMany.code)
  let rooms = 0
  let left = 0
  socket.send(JSON.stringify({ type: 'welcome' }))
  socket.on('error', () => {})
  socket.on('message', data => {
    const { type, room } = JSON.parse(String(data))
    if (type === 'leave') left++
    if (type !== 'join') return
    rooms++
    socket.send(JSON.stringify({ type: 'joined', room }))
    socket.send(JSON.stringify({ type: 'count', room, connections: 0, participants: 0 }))
  })
  socket.on('close', code => {
    if (number === null) return
    seen.set(Number(number), { rooms, way: code === 1006 ? 'reset' : left === rooms ? 'left' : 'closed' })
  })
}

async function churn(seed: number, tabs = TABS) {
  const { port } = server.address() as AddressInfo
  const order = {
    host: '127.0.0.1',
    port,
    opensPerSecond: 100,
    rooms: ROOMS,
    counters: [{ host: '127.0.0.1', port }],
    seed,
    msMax: isFull ? 500 : 20_000,
  }
  const party = new Churn(0, order, new Presence())
  const begun = await party.begin()
  while (!isFull && seen.size < tabs) await new Promise(resolve => setTimeout(resolve, 10))
  return { begun, ended: await party.end() }
}

it('half leave, a third are reset, the others close without a leave, and the party tells the same', async () => {
  const { begun, ended } = await churn(7)
  expect(begun.joinsAnswered).toBeGreaterThanOrEqual(3)
  const tabs = [...seen.values()]
  const count = (way: string) => tabs.filter(tab => tab.way === way).length
  const { opened, left, reset, closed, failed, ghosts } = ended
  expect([count('left'), count('reset'), count('closed'), failed, ghosts]).toEqual([left, reset, closed, 0, []])
  expect(Math.abs(left / opened - 1 / 2)).toBeLessThan(0.2)
  expect(Math.abs(reset / opened - 1 / 3)).toBeLessThan(0.2)
  expect(closed).toBeGreaterThan(0)
  expect(new Set(tabs.map(({ rooms }) => rooms))).toEqual(new Set([1, 2]))
})

it('the seed decides who does what', async () => {
  const tabs = 20
  await churn(7, tabs)
  const first = new Map(seen)
  seen.clear()
  await churn(7, tabs)
  const same = [...seen].filter(([number]) => first.has(number))
  expect(same.length).toBeGreaterThanOrEqual(tabs / 2)
  for (const [number, tab] of same) expect(tab).toEqual(first.get(number))
  seen.clear()
  await churn(8, tabs)
  expect(
    [...seen].filter(([number]) => first.has(number)).some(([number, tab]) => tab.way !== first.get(number)!.way),
  ).toBe(true)
})

it('tells why nobody came in', async () => {
  isFull = true
  const { begun, ended } = await churn(7)
  expect(begun).toEqual({ joinsAnswered: 0, firstFailure: 'closed with 4429' })
  expect([ended.failed, ended.joinsAnswered]).toEqual([ended.opened, 0])
})
