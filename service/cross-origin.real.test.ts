import { afterAll, beforeAll, expect, it } from 'vitest'
import { stopEverything, TestInstance, TestRedis } from './test-cluster.ts'

const OURS = 'https://chat.example.org'
const PATH = '/rooms/lobby/messages'

let instance: TestInstance

beforeAll(async () => {
  const redis = await TestRedis.start()
  instance = await TestInstance.start('open', redis.url, { ORIGINS: OURS })
})
afterAll(stopEverything)

const ask = (origin: string, init: RequestInit = {}) =>
  fetch(`${instance.url}${PATH}?guest=ann`, { ...init, headers: { origin, ...init.headers } })
const preflight = (origin: string) =>
  ask(origin, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  })

it('lets pages of the allowed origins read answers, and no others', async () => {
  const [ours, foreign] = await Promise.all([ask(OURS), ask('https://evil.example.org')])
  expect([ours.status, foreign.status]).toEqual([200, 200])
  expect(ours.headers.get('access-control-allow-origin')).toBe(OURS)
  expect(ours.headers.get('vary')).toBe('origin')
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
})

it('lets them read refusals, too', async () => {
  const refused = await fetch(`${instance.url}${PATH}?guest=`, { headers: { origin: OURS } })
  expect(refused.status).toBe(400)
  expect(refused.headers.get('access-control-allow-origin')).toBe(OURS)
})

it('answers the question that a browser asks before it sends a token along', async () => {
  const [ours, foreign] = await Promise.all([preflight(OURS), preflight('https://evil.example.org')])
  expect(ours.status).toBe(204)
  expect(ours.headers.get('access-control-allow-headers')).toMatch('authorization')
  expect(foreign.status).toBe(404)
})

it('has no OPTIONS besides that question', async () => {
  expect((await ask(OURS, { method: 'OPTIONS' })).status).toBe(404)
})
