/** What docs/upstash.md says that the service costs, where every command is billed. */

import { afterEach, describe, expect, it } from 'vitest'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { type CommandCount, CommandLog, countOf, type LoggedCommand, tallyOf } from './test-command-log.ts'
import { TestDocument } from './test-document.ts'

const MINUTE_MS = 60_000
const MINUTES_PER_MONTH = 30 * 24 * 60
const DOLLARS_PER_COMMAND = 0.2 / 100_000
/** A whole number of heartbeats. */
const WINDOW_MS = 21_000

const guide = new TestDocument('docs/upstash.md')
/** The settings that the document advises. */
const { REDIS_URL: _, ...SETTINGS } = guide.variables()
const HEARTBEAT_MS = Number(SETTINGS.HEARTBEAT_MS)

/** Calls and commands inside scripts, from the row that begins with this cell. */
function documented(head: string, row: string): CommandCount {
  const cells = guide.table(head).find(([first]) => first === row)
  if (cells === undefined) throw new Error(`the table "${head}" has no row "${row}"`)
  const [calls, inside, together] = cells.slice(1, 4).map(cell => Number(cell.replaceAll(',', '')))
  expect([row, together]).toEqual([row, calls! + inside!])
  return { calls: calls!, inside: inside! }
}

const isHeartbeat = ({ script }: LoggedCommand) => script === 'lease'
const countFrames = (client: TestClient) => client.frames.filter(({ type }) => type === 'count').length

afterEach(stopEverything)

/**
 * What one instance with a member in each of so many rooms sends while nothing happens. The window begins between two heartbeats, so that
 * one that is a little late does not fall out of it.
 */
async function observeIdle(roomCount: number): Promise<LoggedCommand[]> {
  const redis = await TestRedis.start()
  const instance = await TestInstance.start(`serves-${roomCount}`, redis.url, { ...SETTINGS, ROOMS_MAX: '1000' })
  using log = await CommandLog.open(redis.control)
  if (roomCount > 0) {
    const client = await TestClient.open(instance)
    for (let number = 0; number < roomCount; number++) client.send({ type: 'join', room: `room-${number}` })
    await until('everybody is counted', () => countFrames(client) === roomCount, MINUTE_MS)
  }
  let last = (await log.take()).at(-1)
  await until('a heartbeat or a PING', async () => {
    last = (await log.take()).findLast(command => (roomCount > 0 ? isHeartbeat(command) : true))
    return last !== undefined
  })
  const startMs = last!.atMs + HEARTBEAT_MS / 2
  const seen: LoggedCommand[] = []
  await until(
    'the window is over',
    async () => {
      seen.push(...(await log.take()))
      return Date.now() > startMs + WINDOW_MS
    },
    2 * WINDOW_MS,
  )
  return seen.filter(({ atMs }) => atMs >= startMs && atMs < startMs + WINDOW_MS)
}

describe('an idle instance', () => {
  it('sends each minute what is documented, for any number of quiet rooms with members', async () => {
    const head = 'rooms with members'
    const observed = await Promise.all(
      guide.table(head).map(async ([row]) => {
        const commands = await observeIdle(Number(row!.replaceAll(',', '')))
        return { row: row!, commands }
      }),
    )
    expect(observed.map(({ row }) => row)).toEqual(['0', '1', '100', '1,000'])
    for (const [, , , together, month] of guide.table(head)) {
      const dollars = Number(together!.replaceAll(',', '')) * MINUTES_PER_MONTH * DOLLARS_PER_COMMAND
      expect(month).toBe(`$${Math.round(dollars).toLocaleString('en')}`)
    }
    for (const { row, commands } of observed) {
      const expected = documented(head, row)
      const found = countOf(commands)
      for (const kind of ['calls', 'inside'] as const) {
        const perMinute = (found[kind] * MINUTE_MS) / WINDOW_MS
        // One heartbeat, or a PING on each connection, may lie just inside or outside the window.
        const difference = Math.abs(perMinute - expected[kind])
        const tolerance = (expected[kind] * HEARTBEAT_MS) / WINDOW_MS + 1
        const told = `${row} rooms, ${kind}: ${perMinute.toFixed(1)}/min; ${JSON.stringify(tallyOf(commands))}`
        expect([told, difference <= tolerance]).toEqual([told, true])
      }
    }
  }, 120_000)
})

describe('an instance that is used', () => {
  it('sends for each thing that is done what is documented', async () => {
    const redis = await TestRedis.start()
    // No PING, and heartbeats are left out below.
    const instance = await TestInstance.start('one', redis.url, { REDIS_PING_MS: '60000' })
    const first = await TestClient.joined(instance, 'room', 'ann')
    await first.sayAll('room', 'so-that-the-room-is-not-new.1', 1, 1)
    await until('it is counted', () => countFrames(first) === 1)
    await first.close()
    await until('nobody is there', async () => (await redis.control.exists('tuesday:{room}:users')) === 0)
    using log = await CommandLog.open(redis.control)
    const checked = new Set<string>()
    const costs = async (row: string) => {
      const commands = (await log.take()).filter(({ script }) => script !== 'lease' && script !== 'tops')
      const { calls, inside } = countOf(commands)
      const told = `${row}: ${JSON.stringify(tallyOf(commands))}`
      expect([told, { calls, inside }]).toEqual([told, documented('what', row)])
      checked.add(row)
    }
    const ann = await TestClient.joined(instance, 'room', 'ann')
    const told = (count: number) => until(`${count} numbers are told`, () => countFrames(ann) === count)
    await told(1)
    await costs('the first member of a room on an instance')

    const ben = await TestClient.joined(instance, 'room', 'ben')
    await told(2)
    await costs('another member')

    await ann.sayAll('room', 'k.1', 1, 1)
    await log.take()
    await ann.sayAll('room', 'k.1', 2, 2)
    await costs('a message, for any number of receivers and instances')

    const sends = [3, 4, 5, 6, 7].map(n => ({ room: 'room', session: 'k.1' as const, n, text: `k.1/${n}` }))
    await ann.sayTogether(sends)
    const alone = documented('what', 'a message, for any number of receivers and instances')
    const five = countOf(await log.take())
    expect({ calls: (five.calls - alone.calls) / 4, inside: (five.inside - alone.inside) / 4 }).toEqual(
      documented('what', 'another one of the same sender that comes with it'),
    )
    checked.add('another one of the same sender that comes with it')

    await ann.say(sends[4]!)
    await costs('the same message again, answered from memory')

    await ann.sayAll('room', 'k.1', 8, 399)
    const { epoch } = (await ann.frame('joined')).position
    await log.take()
    await ben.close()
    await told(3)
    await costs('somebody leaves')

    // In the room already, so that nothing but the pages is read.
    const again = await TestClient.open(instance, { user: 'ann' })
    await again.join({ room: 'room', position: { epoch, seq: 0 } })
    await again.untilMessages('room', 400)
    await told(4)
    const reads = (await log.take()).filter(({ script }) => script === 'read')
    expect(reads).toHaveLength(2)
    for (const { inside } of reads) {
      expect({ calls: 1, inside: inside.length }).toEqual(
        documented('what', 'a page of 200 messages when somebody comes back'),
      )
    }
    checked.add('a page of 200 messages when somebody comes back')

    await again.close()
    await told(5)
    await log.take()
    await ann.close()
    const seen: LoggedCommand[] = []
    await until('the room is told', async () => {
      seen.push(...(await log.take()))
      return seen.some(({ script }) => script === 'presence')
    })
    const last = seen.filter(({ script }) => script !== 'lease' && script !== 'tops')
    expect(countOf(last)).toEqual(documented('what', 'the last member leaves'))
    checked.add('the last member leaves')
    expect([...checked].sort()).toEqual(
      guide
        .table('what')
        .map(([row]) => row)
        .sort(),
    )
  })
})
