/**
 * Hosted servers load, lock and place the keys that a script is given before it runs. Here every script goes through every kind of command
 * that it has, and MONITOR tells which keys those touched.
 */

import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadScripts } from './loaded-script.ts'
import { PRESENCE_SCRIPTS, Presence } from './presence.ts'
import { FailureLog } from './redis-failure.ts'
import { RedisLink } from './redis-link.ts'
import { LOG_SCRIPTS, type Publication, RoomLog } from './room-log.ts'
import { stopEverything, TestRedis, until } from './test-cluster.ts'
import { CommandLog, declaredKeysOf, type LoggedCommand, SCRIPTS, type ScriptName } from './test-command-log.ts'
import { createTestMetrics } from './test-metrics.ts'

const HOUR_MS = 3_600_000

let redis: TestRedis
let link: RedisLink

beforeAll(async () => {
  redis = await TestRedis.start()
  link = new RedisLink({
    url: redis.url,
    role: 'commands',
    commandMsMax: 2000,
    pingMs: 2000,
    log: pino({ level: 'silent' }),
    failureLog: new FailureLog(pino({ level: 'silent' })),
    onConnected: ({ redis }) => loadScripts(redis, [...LOG_SCRIPTS, ...PRESENCE_SCRIPTS]),
  })
  await link.waitUntilUsable(10_000)
})

afterAll(async () => {
  link?.close()
  await stopEverything()
})

/** Messages, a repeat, a new session, all ways of reading, a lost state and a restarted server. */
async function useLog(): Promise<void> {
  const limits = { logLengthMax: 100, logExpiryMs: HOUR_MS, sessionExpiryMs: HOUR_MS, memory: 32 }
  const log = new RoomLog({ link, instance: 'one', metrics: createTestMetrics(), ...limits })
  const message: Publication = { room: 'r', user: 'ann', sender: 'k', generation: 1, n: 1, text: 'x', known: null }
  const publish = (fields: Partial<Publication>) => log.publish({ ...message, ...fields })
  const first = await publish({})
  expect(await publish({})).toMatchObject({ is: 'accepted', isRepeat: true })
  expect(await publish({ n: 3 })).toMatchObject({ is: 'out-of-order' })
  expect(await publish({ generation: 2 })).toMatchObject({ is: 'accepted', isRepeat: false })
  expect(await publish({})).toMatchObject({ is: 'stale-session' })
  const { position } = first as { position: { epoch: string; seq: number } }
  const head = 'tuesday:{r}:head'
  const rooms = [
    { name: 'r', position },
    { name: 'other', position: null },
  ]
  const uses = [
    () => publish({ generation: 2, n: 2 }),
    () => log.read('r', { after: position }, 10, position),
    () => log.tops(rooms),
  ]
  for (const [index, use] of uses.entries()) {
    await redis.control.set(head, (await redis.control.get(head))!.replace(/^(\S+ \S+) \S*/, '$1 another'))
    await use()
    await redis.control.del(head)
    await (index === 0 ? publish({ generation: 2, n: 3 }) : use())
  }
  await log.read('r', { last: 1 }, 10, null)
  await log.read('r', { after: position }, 10, null)
}

/** People who come and go, a holder that has died, and one that is long forgotten. */
async function usePresence(): Promise<void> {
  const isTold = async (numbers: string) => (await redis.control.hget('tuesday:{r}:holders', '#told')) === numbers
  const presence = new Presence({
    link,
    instance: 'one',
    heartbeatMs: 100,
    commandMsMax: 2000,
    log: pino({ level: 'silent' }),
  })
  try {
    await redis.control.zadd('tuesday:leases', 1, 'forgotten', Date.now() - HOUR_MS, 'dead')
    await redis.control.hset('tuesday:{r}:users', 'ghost', ' dead', 'ann', ' dead')
    await redis.control.hset('tuesday:{r}:holders', 'dead', 2)
    for (const user of ['ann', 'ben']) presence.entered('r', user)
    await until('the ghost is counted out', () => isTold('2 2'))
    presence.left('r', 'ben')
    await until('one is counted', () => isTold('1 1'))
    presence.left('r', 'ann')
    await until('the lease is given up', async () => (await redis.control.zcard('tuesday:leases')) === 1)
  } finally {
    await presence.close()
  }
}

/** Which commands a script has, by its source. */
function commandsOf(script: ScriptName): string[] {
  const names = [...SCRIPTS[script].matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name]) => name!.toLowerCase())
  return [...new Set(names)].sort()
}

async function keysOf(words: readonly string[]): Promise<string[]> {
  const [name, ...rest] = words
  if (['time', 'publish'].includes(name!.toLowerCase())) return []
  return (await redis.control.call('COMMAND', 'GETKEYS', name!, ...rest)) as string[]
}

const tagOf = (key: string) => /\{(.+?)\}/.exec(key)?.[1] ?? key

it('no script touches a key that it was not given, and the keys of a room have one hash tag', async () => {
  using log = await CommandLog.open(redis.control)
  await useLog()
  await usePresence()
  const calls = (await log.take()).filter(({ script }) => script !== null) as (LoggedCommand & { script: ScriptName })[]
  for (const script of Object.keys(SCRIPTS) as ScriptName[]) {
    const seen = calls.filter(call => call.script === script).flatMap(({ inside }) => inside.map(([name]) => name!))
    expect([script, [...new Set(seen.map(name => name.toLowerCase()))].sort()]).toEqual([script, commandsOf(script)])
  }
  for (const call of calls) {
    const declared = declaredKeysOf(call)
    for (const words of call.inside) {
      const undeclared = (await keysOf(words)).filter(key => !declared.includes(key))
      expect([call.script, words, undeclared]).toEqual([call.script, words, []])
    }
    const tags = declared.map(tagOf)
    if (call.script === 'tops') expect(tags).toEqual(tags.map((_, index) => tags[index - (index % 2)]))
    else if (call.script === 'lease') expect(declared).toEqual(['tuesday:leases'])
    else expect(tags).toEqual(tags.map(() => 'r'))
  }
})
