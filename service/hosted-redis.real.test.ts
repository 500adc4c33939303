/**
 * The contract on a Redis as hosted ones are: TLS alone, and a user that may run nothing but what docs/upstash.md lists: neither INFO nor CLIENT,
 * nor any key or channel of others.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, until } from './test-cluster.ts'
import { SCRIPTS } from './test-command-log.ts'
import { TestDocument } from './test-document.ts'
import { HostedRedis } from './test-hosted-redis.ts'

/** What the contract allows for counting out a dead instance. */
const GHOST_MS_MAX = 10_000
const KEYS_AND_CHANNELS = ['~tuesday:*', '&tuesday:*']

const guide = new TestDocument('docs/upstash.md')
/** The settings that the document advises. */
const { REDIS_URL: _, ...SETTINGS } = guide.variables()
const listed = guide.table('Redis command').flatMap(([names]) => names!.split(', '))
/** Everybody may run those. */
const FOR_EVERYBODY = ['hello', 'auth']
const OPTIONAL = ['client', 'info']
const REQUIRED = listed.filter(name => !FOR_EVERYBODY.includes(name) && !OPTIONAL.includes(name))

/**
 * Of the commands in Upstash's reference (`redis/commands` in github.com/upstash/docs, August 2026) those of strings (three), connections, keys, hashes, Pub/Sub,
 * scripts, servers, sorted sets and streams. Not among them: SSUBSCRIBE, SPUBLISH, CLIENT KILL, CLIENT PAUSE, DEBUG, OBJECT.
 */
const SUPPORTED =
  `get mget set auth client echo hello ping quit reset select copy del dump exists expire expireat expiretime keys persist pexpire pexpireat pexpiretime
  pttl randomkey rename renamenx restore scan touch ttl type unlink wait waitaof hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset
  hrandfield hscan hset hsetnx hstrlen hvals psubscribe publish pubsub punsubscribe subscribe unsubscribe eval eval_ro evalsha evalsha_ro script acl
  command config dbsize flushall flushdb info monitor time bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard
  zinterstore zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex
  zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore xack xadd xautoclaim xclaim xdel
  xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xtrim`.split(/\s+/)

function grants(commands: readonly string[]): string[] {
  return ['-@all', ...commands.map(name => `+${name}`)]
}

describe('what docs/upstash.md lists', () => {
  it('is in the reference of Upstash, in the rules for a user of its own, and has every command of the scripts', () => {
    expect(listed.filter(name => !SUPPORTED.includes(name))).toEqual([])
    const rules = /^ACL SETUSER tuesday on >TOKEN (.*)$/m.exec(guide.text)![1]!.split(' ')
    expect(rules.sort()).toEqual([...KEYS_AND_CHANNELS, ...[...OPTIONAL, ...REQUIRED].map(name => `+${name}`)].sort())
    const inScripts = Object.values(SCRIPTS).flatMap(source => [...source.matchAll(/redis\.p?call\('([A-Z]+)'/g)])
    const fromScripts = new Set(inScripts.map(([, name]) => name!.toLowerCase()))
    const fromClients = ['ping', 'script', 'evalsha', 'subscribe', 'unsubscribe', 'publish']
    expect([...new Set([...fromScripts, ...fromClients])].sort()).toEqual([...REQUIRED].sort())
  })
})

describe('a hosted Redis', () => {
  let redis: HostedRedis
  let one: TestInstance
  let two: TestInstance

  beforeAll(async () => {
    redis = await HostedRedis.start([...KEYS_AND_CHANNELS, ...grants(REQUIRED)])
    ;[one, two] = await Promise.all([start('one'), start('two')])
  })
  afterAll(async () => {
    await stopEverything()
    await redis?.stop()
  })

  function start(name: string): Promise<TestInstance> {
    return TestInstance.start(name, redis.url, { ...SETTINGS, ...redis.environment })
  }

  const told = (client: TestClient) => {
    const frame = client.frames.findLast(({ type }) => type === 'count')
    return frame?.type === 'count' ? `${frame.connections}/${frame.participants}` : 'never'
  }
  const untilTold = (client: TestClient, numbers: string, msMax?: number) =>
    until(`the count is ${numbers}`, () => told(client) === numbers, msMax)

  it('takes sends, answers retries from memory, and delivers across instances in one order', async () => {
    const room = 'across'
    const [ann, ben] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(two, room, 'ben')])
    await Promise.all([ann.sayAll(room, 'a.1', 1, 20), ben.sayAll(room, 'b.1', 1, 20)])
    const seqs = (client: TestClient) => client.messages(room).map(({ id, seq }) => `${seq} ${id}`)
    await Promise.all([ann.untilMessages(room, 40), ben.untilMessages(room, 40)])
    expect(seqs(ann)).toEqual(seqs(ben))
    const again = await ann.say({ room, session: 'a.1', n: 20, text: 'a.1/20' })
    expect(again).toMatchObject({ type: 'ack', seq: ann.messages(room).find(({ id }) => id === 'a.1/20')!.seq })
    expect(await ann.say({ room, session: 'a.2', n: 1, text: 'x' })).toMatchObject({ type: 'ack', seq: 41 })
    expect(await ann.say({ room, session: 'a.1', n: 21, text: 'x' })).toMatchObject({ code: 'stale-session' })
    await Promise.all([ann.close(), ben.close()])
  })

  it('gives a client that comes back what it missed, page by page, on another instance', async () => {
    const room = 'pages'
    const ann = await TestClient.joined(one, room)
    const { position } = await ann.frame('joined')
    await ann.sayAll(room, 'k.1', 1, 450)
    const ben = await TestClient.open(two)
    const joined = ben.join({ room, position: { epoch: position.epoch, seq: 5 } })
    await Promise.all([joined, ann.sayAll(room, 'k.1', 451, 460)])
    const messages = await ben.untilMessages(room, 455)
    expect(await joined).toMatchObject({ complete: true, position: { seq: 5 } })
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 455 }, (_, index) => index + 6))
    await Promise.all([ann.close(), ben.close()])
  })

  it('repairs what was said while a subscriber was cut off, and disconnects nobody', async () => {
    const room = 'gaps'
    const [ann, ben] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(two, room, 'ben')])
    const count = 120
    for (let n = 1; n <= count; n++) {
      await ann.sayAll(room, 'k.1', n, n)
      if (n === 20) expect(await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(2)
    }
    for (const client of [ann, ben]) {
      const messages = await client.untilMessages(room, count)
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, index) => index + 1))
      expect([client.isClosed, client.frames.some(({ type }) => type === 'gap')]).toEqual([false, false])
    }
    for (const instance of [one, two]) {
      await instance.untilReady()
      expect(await instance.metric(METRIC_NAMES.redisReconnects, 'link="subscriber"')).toBe(1)
      expect(await instance.metric(METRIC_NAMES.gapRepairs)).toBeGreaterThan(0)
    }
    await Promise.all([ann.close(), ben.close()])
  })

  it('finds the loss of the last write without INFO, by the top that an instance knows', async () => {
    const room = 'lost'
    const [ann, ben] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(two, room, 'ben')])
    await ann.sayAll(room, 'k.1', 1, 2)
    const keys = await redis.admin.keys(`tuesday:{${room}}:*`)
    const dumps = await Promise.all(keys.map(key => redis.admin.dumpBuffer(key)))
    await ann.sayAll(room, 'k.1', 3, 3)
    const { epoch } = (await ben.untilMessages(room, 3))[2]!
    const restored = redis.admin.multi()
    for (const [index, key] of keys.entries()) restored.restore(key, 0, dumps[index]!, 'REPLACE')
    await restored.exec()
    for (const client of [ann, ben]) {
      const gap = { after: { epoch, seq: 3 }, next: { seq: 3 }, reason: 'epoch-lost' }
      expect(await client.frame('gap')).toMatchObject(gap)
    }
    await Promise.all([ann.close(), ben.close()])
  })

  it('counts connections and users, and counts out a killed instance within 10 s', async () => {
    const room = 'counted'
    const killed = await start('killed')
    const ann = await TestClient.joined(one, room, 'ann')
    const tab = await TestClient.joined(two, room, 'ann')
    await TestClient.joined(killed, room, 'ben')
    for (const client of [ann, tab]) await untilTold(client, '3/2')
    killed.signal('SIGKILL')
    for (const client of [ann, tab]) await untilTold(client, '2/1', GHOST_MS_MAX)
    await Promise.all([ann.close(), tab.close()])
  })

  it('lets an instance drain: everybody is sent elsewhere, its share is counted out at once, and it exits with 0', async () => {
    const room = 'drained'
    const leaving = await start('leaving')
    const [ann, ben] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(leaving, room, 'ben')])
    await untilTold(ann, '2/2')
    await ben.sayAll(room, 'k.1', 1, 5)
    leaving.signal('SIGTERM')
    expect((await ben.closed).code).toBe(CLOSE_CODES.restart.code)
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    await untilTold(ann, '1/1')
    const { epoch } = (await ann.untilMessages(room, 5))[2]!
    const back = await TestClient.open(two, { user: 'ben' })
    expect(await back.join({ room, position: { epoch, seq: 3 } })).toMatchObject({ complete: true })
    expect((await back.untilMessages(room, 2)).map(({ seq }) => seq)).toEqual([4, 5])
    await Promise.all([ann.close(), back.close()])
  })

  it('has refused nothing but what the service can do without', async () => {
    const entries = (await redis.admin.call('ACL', 'LOG', '128')) as string[][]
    const refused = entries.map(entry => `${entry[entry.indexOf('reason') + 1]} ${entry[entry.indexOf('object') + 1]}`)
    const optional = ['command info', 'command client|setname', 'command client|setinfo']
    expect(refused).toContain('command info')
    expect(refused.filter(what => !optional.includes(what))).toEqual([])
    expect(one.output + two.output).not.toMatch(/Skipping the ready check|NOPERM|can't run/)
  })
})
