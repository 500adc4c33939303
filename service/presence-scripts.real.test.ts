/** The two scripts of the participant counter against a model that is as plain as possible. */

import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEASE_SCRIPT, PRESENCE_SCRIPT } from './presence-scripts.ts'
import { stopEverything, TestRedis } from './test-cluster.ts'

const USERS = 'tuesday:{r}:users'
const HOLDERS = 'tuesday:{r}:holders'
const LEASES = 'tuesday:leases'
const EXPIRY_MS = 1_000_000
const LEASE_MS = 60_000

let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await TestRedis.start()
  redis = server.control
})
afterAll(stopEverything)

interface Telling {
  readonly holder: string
  readonly connections: number
  readonly came?: readonly string[]
  readonly left?: readonly string[]
  readonly ended?: readonly string[]
  readonly isKept?: boolean
  readonly mustPublish?: boolean
  /** Redis' time after which it is too late. */
  readonly lateAtMs?: number
}

async function tell(telling: Telling) {
  const { holder, connections, came = [], left = [], ended = [], isKept = true } = telling
  const { mustPublish = false, lateAtMs = Number.MAX_SAFE_INTEGER } = telling
  const lists = [came.length, ...came, left.length, ...left, ...ended]
  const values = [holder, connections, 'channel', EXPIRY_MS, isKept ? 0 : 1, mustPublish ? 1 : 0, lateAtMs, ...lists]
  return (await redis.eval(PRESENCE_SCRIPT, 2, USERS, HOLDERS, ...values)) as number[]
}

/** What Redis has of the room, as plain as the model. */
async function stored() {
  const [users, { '#told': _, ...holders }] = await Promise.all([redis.hgetall(USERS), redis.hgetall(HOLDERS)])
  return {
    users: Object.fromEntries(Object.entries(users).map(([user, list]) => [user, list.trim().split(' ').sort()])),
    holders,
  }
}

/** Somebody enters or leaves at a holder, a holder dies, or a holder tells the room. */
type Step = { readonly kind: 'enter' | 'leave' | 'die' | 'tell'; readonly holder: string; readonly user: string }

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('enter', 'enter', 'leave', 'tell', 'tell', 'die') as fc.Arbitrary<Step['kind']>,
    holder: fc.constantFrom('a.1', 'b.1', 'c.1'),
    user: fc.constantFrom('ann', 'ben', 'cyd', 'dan'),
  }),
  { maxLength: 40 },
)

async function follow(list: readonly Step[]): Promise<void> {
  await redis.flushall()
  const here = new Map<string, Set<string>>()
  const told = new Map<string, Set<string>>()
  const ended = new Set<string>()
  for (const { kind, holder, user } of list) {
    if (ended.has(holder)) continue
    const own = here.get(holder) ?? new Set()
    here.set(holder, own)
    if (kind === 'enter') own.add(user)
    if (kind === 'leave') own.delete(user)
    if (kind === 'die') ended.add(holder)
    if (kind !== 'tell') continue
    const before = told.get(holder) ?? new Set()
    const came = [...own].filter(each => !before.has(each))
    const left = [...before].filter(each => !own.has(each))
    const [connections, participants, wasKnown, isPublished] = await tell({
      ...{ holder, connections: own.size, came, left, ended: [...ended] },
    })
    for (const gone of ended) told.delete(gone)
    told.set(holder, new Set(own))
    const present = [...told].filter(([, users]) => users.size > 0)
    const users: Record<string, string[]> = {}
    for (const [name, names] of present) for (const each of names) users[each] = [...(users[each] ?? []), name].sort()
    expect(await stored()).toEqual({
      users,
      holders: Object.fromEntries(present.map(([name, names]) => [name, String(names.size)])),
    })
    expect([connections, participants]).toEqual([
      present.reduce((sum, [, names]) => sum + names.size, 0),
      Object.keys(users).length,
    ])
    expect([wasKnown, isPublished]).toEqual([before.size > 0 ? 1 : 0, 1])
  }
}

describe('the script that tells a room', () => {
  it('keeps exactly who is where, whatever comes in which order', async () => {
    await fc.assert(fc.asyncProperty(steps, follow), { numRuns: 150 })
  })

  it('takes thousands of users at once, and counts out a dead holder that had as many', async () => {
    await redis.flushall()
    const people = Array.from({ length: 9001 }, (_, number) => `user-${number}`)
    expect(await tell({ holder: 'a.1', connections: 9001, came: people })).toEqual([9001, 9001, 0, 1, 0])
    expect(await tell({ holder: 'b.1', connections: 9001, came: people })).toEqual([18_002, 9001, 0, 1, 0])
    expect(await tell({ holder: 'b.1', connections: 1, left: people.slice(1), ended: ['a.1'] })).toEqual([
      1, 1, 1, 1, 0,
    ])
    expect(await stored()).toEqual({ users: { 'user-0': ['b.1'] }, holders: { 'b.1': '1' } })
  })

  it('publishes the numbers where they have changed, and says so where it may not', async () => {
    await redis.flushall()
    const listener = redis.duplicate()
    const heard: string[] = []
    try {
      listener.on('message', (_channel, text) => heard.push(text))
      await listener.subscribe('channel')
      await tell({ holder: 'a.1', connections: 1, came: ['ann'] })
      await tell({ holder: 'a.1', connections: 1 })
      await tell({ holder: 'a.1', connections: 2 })
      await tell({ holder: 'a.1', connections: 2, mustPublish: true })
      await listener.ping()
      expect(heard).toEqual(['c 1 1\n', 'c 2 1\n', 'c 2 1\n'])
      await redis.acl('SETUSER', 'mute', 'on', 'nopass', 'allkeys', 'allcommands', 'resetchannels')
      await redis.auth('mute', '')
      expect(await tell({ holder: 'a.1', connections: 3 })).toEqual([3, 1, 1, 0, 0])
      expect(await tell({ holder: 'a.1', connections: 3 })).toEqual([3, 1, 1, 1, 0])
    } finally {
      listener.disconnect()
      await redis.auth('default', '')
    }
  })

  it('changes nothing where it comes too late', async () => {
    await redis.flushall()
    await tell({ holder: 'a.1', connections: 1, came: ['ann'] })
    const before = await stored()
    const lateAtMs = Date.now() - 1000
    const late = { holder: 'a.1', connections: 2, came: ['ghost'], mustPublish: true, lateAtMs }
    expect(await tell(late)).toEqual([0, 0, 0, 1, 1])
    expect(await stored()).toEqual(before)
    expect(await tell({ ...late, lateAtMs: Date.now() + 10_000 })).toEqual([2, 2, 1, 1, 0])
  })

  it('keeps the room alive when it is time, and when a holder is new', async () => {
    await redis.flushall()
    const ageOfExpiry = async () =>
      EXPIRY_MS - Math.min(...(await Promise.all([USERS, HOLDERS].map(key => redis.pttl(key)))))
    await tell({ holder: 'a.1', connections: 1, came: ['ann'] })
    expect(await ageOfExpiry()).toBeLessThan(EXPIRY_MS / 2)
    for (const key of [USERS, HOLDERS]) await redis.pexpire(key, 1000)
    await tell({ holder: 'a.1', connections: 2 })
    expect(await ageOfExpiry()).toBeGreaterThan(EXPIRY_MS / 2)
    await tell({ holder: 'a.1', connections: 2, isKept: false })
    expect(await ageOfExpiry()).toBeLessThan(EXPIRY_MS / 2)
    for (const key of [USERS, HOLDERS]) await redis.pexpire(key, 1000)
    await tell({ holder: 'b.1', connections: 1, came: ['ben'] })
    expect(await ageOfExpiry()).toBeLessThan(EXPIRY_MS / 2)
  })
})

describe('the script of the leases', () => {
  const leaseWithTime = async (holder: string, had: boolean, lengthMs = LEASE_MS) =>
    (await redis.eval(LEASE_SCRIPT, 1, LEASES, holder, lengthMs, had ? 1 : 0, EXPIRY_MS)) as [
      number,
      string[],
      number,
      number,
    ]
  const lease = async (...asked: Parameters<typeof leaseWithTime>) => (await leaseWithTime(...asked)).slice(0, 2)

  it('tells the time of Redis', async () => {
    await redis.flushall()
    const [, , redisMs] = await leaseWithTime('a.1', false)
    expect(Math.abs(redisMs - Number((await redis.time())[0]) * 1000)).toBeLessThan(5000)
  })

  it('ends a holder with all that it has', async () => {
    await redis.flushall()
    await lease('a.1', false)
    expect(await lease('a.1', true, -1)).toEqual([1, ['a.1']])
    expect(await lease('b.1', false)).toEqual([1, ['a.1']])
    expect(await lease('a.1', true)).toEqual([0, ['a.1']])
  })

  it('takes, renews and gives up, by the clock of Redis', async () => {
    await redis.flushall()
    expect(await lease('a.1', false)).toEqual([1, []])
    const first = Number(await redis.zscore(LEASES, 'a.1'))
    expect(Math.abs(first - LEASE_MS - Number((await redis.time())[0]) * 1000)).toBeLessThan(5000)
    await redis.zadd(LEASES, first - LEASE_MS / 2, 'a.1')
    expect(await lease('a.1', true)).toEqual([1, []])
    expect(Number(await redis.zscore(LEASES, 'a.1'))).toBeGreaterThanOrEqual(first)
    await lease('a.1', true, 0)
    expect(await redis.exists(LEASES)).toBe(0)
  })

  it('refuses to renew what has run out or is gone, and tells who has ended', async () => {
    await redis.flushall()
    const now = Date.now()
    await redis.zadd(LEASES, now - 10_000, 'dead', now - 1000, 'a.1', now + LEASE_MS, 'b.1')
    expect(await lease('a.1', true)).toEqual([0, ['dead', 'a.1']])
    expect(await lease('c.1', true)).toEqual([0, ['dead', 'a.1']])
    expect(await lease('a.2', false)).toEqual([1, ['dead', 'a.1']])
    expect(await redis.zscore(LEASES, 'c.1')).toBe(null)
  })

  it('counts the leases that have not ended, the own one with them while it is held', async () => {
    await redis.flushall()
    const count = async (...asked: Parameters<typeof leaseWithTime>) => (await leaseWithTime(...asked))[3]
    const now = Date.now()
    await redis.zadd(LEASES, now - 1000, 'dead', now + LEASE_MS, 'b.1')
    expect(await count('a.1', false)).toBe(2)
    expect(await count('a.1', true)).toBe(2)
    expect(await count('c.1', false)).toBe(3)
    // It has run out, and its holder is counted out.
    await redis.zadd(LEASES, now - 1000, 'a.1')
    expect(await count('a.1', true)).toBe(2)
  })

  it('forgets what ended long ago, and nothing sooner', async () => {
    await redis.flushall()
    const now = Date.now()
    await redis.zadd(LEASES, now - 2 * EXPIRY_MS, 'forgotten', now - EXPIRY_MS / 2, 'remembered')
    expect(await lease('a.1', false)).toEqual([1, ['remembered']])
    expect(await redis.zrange(LEASES, '0', '-1')).toEqual(['remembered', 'a.1'])
  })

  it('keeps the key alive where a minute has passed', async () => {
    await redis.flushall()
    await lease('a.1', false)
    await redis.pexpire(LEASES, 1000)
    await redis.zadd(LEASES, Date.now() - 60_000, 'a.1')
    // That has run out, so it is taken again.
    await lease('a.1', false)
    expect(await redis.pttl(LEASES)).toBeGreaterThan(1000)
  })
})
