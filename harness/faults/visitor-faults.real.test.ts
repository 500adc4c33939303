/** Faults beside the load: that they work on a real instance, and that they say so where they do not. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from '../../service/metric-names.ts'
import { stopEverything, TestInstance, TestRedis } from '../../service/test-cluster.ts'
import { VisitorProcess } from '../visitors/visitor-process.ts'
import type { Parties, Party, PartyKind, Visitors } from '../visitors/visitors.ts'
import { connectionFlood } from './connection-flood.ts'
import { NotFired } from './fault.ts'
import { malformedInput } from './malformed-input.ts'
import { tabChurn } from './tab-churn.ts'
import { FaultBench, TARGET } from './test-fault-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuesday-visitors-'))
const ENVIRONMENT = { CONNECTIONS_MAX: '80' }
let bench: FaultBench<TestInstance>
let process: VisitorProcess

beforeAll(async () => {
  const redis = await TestRedis.start()
  bench = await FaultBench.start(redis.port, url => TestInstance.start(TARGET, url, ENVIRONMENT))
  const rooms = Array.from({ length: 30 }, (_, room) => ({ room, name: `run.room-${room + 1}`, members: 0 }))
  process = new VisitorProcess({ rooms, logPath: join(folder, 'visitors.log') })
})

afterAll(async () => {
  try {
    await process?.[Symbol.asyncDispose]()
    await bench?.[Symbol.asyncDispose]()
  } finally {
    await stopEverything()
  }
  rmSync(folder, { recursive: true, force: true })
})

const connections = () => bench.instance.metric(METRIC_NAMES.connections)

/** Visitors of whom nobody goes anywhere, and who tell this. */
function telling<Kind extends PartyKind>(begun: Parties[Kind]['begun'], ended: Parties[Kind]['ended']): Visitors {
  return {
    rooms: process.rooms,
    begin: () => ({ begun: Promise.resolve(begun as never), end: async () => ended as never }),
    visits: () => [],
  }
}

describe('connection-flood', () => {
  it('is counted by the instance, and is gone when it is healed', async () => {
    bench.visitors = process
    const flood = bench.prepare(connectionFlood, { connections: 50 })
    const { evidence } = await flood.inject()
    expect(evidence).toBe(
      '50 of 50 connections were let in, 0 refused with 4429; chat-1 tells of 50 connections, before 0',
    )
    expect(await connections()).toBe(50)
    await flood.heal()
    expect(await connections()).toBe(0)
  })

  it('may be refused beyond the cap', async () => {
    bench.visitors = process
    const flood = bench.prepare(connectionFlood, { connections: 200 })
    const { evidence } = await flood.inject()
    expect(evidence).toMatch(/^80 of 200 connections were let in, 120 refused with 4429; chat-1 tells of 80 /)
    await flood.heal()
  })

  it('has not fired where nobody was let in', async () => {
    bench.visitors = telling<'flood'>({ isIn: 10, refused: {}, failed: 40, firstFailure: 'a wall' }, { lost: 0 })
    const flood = bench.prepare(connectionFlood, { connections: 50 })
    await expect(flood.inject()).rejects.toThrow(
      new NotFired('10 of 50 connections were let in, 0 refused with 4429; the others: a wall'),
    )
    await flood.heal()
  })

  it('has not fired where the instance knows of nobody', async () => {
    bench.visitors = telling<'flood'>({ isIn: 50, refused: {}, failed: 0, firstFailure: null }, { lost: 0 })
    const flood = bench.prepare(connectionFlood, { connections: 50 }, { isHurried: true })
    await expect(flood.inject()).rejects.toThrow('waited 5 s for chat-1 to tell of 45 connections, found 0')
  })

  it('does not count as healed while the instance still counts it', async () => {
    const staying: Party<'flood'>[] = []
    const begin = (_: PartyKind, order: Parties['flood']['order']) => {
      const party = process.begin('flood', order)
      staying.push(party)
      return { begun: party.begun, end: async () => ({ lost: 0 }) }
    }
    bench.visitors = { rooms: [], begin, visits: () => [] } as unknown as Visitors
    const flood = bench.prepare(connectionFlood, { connections: 50 }, { isHurried: true })
    await flood.inject()
    await expect(flood.heal()).rejects.toThrow(
      'chat-1 still told of more than 5 connections 10 s after the flood had gone',
    )
    await Promise.all(staying.map(party => party.end()))
  })
})

describe('tab-churn', () => {
  it('comes and goes in at most twenty rooms, and leaves no ghost', async () => {
    bench.visitors = process
    const churn = bench.prepare(tabChurn, { opensPerSecond: 40 })
    const { evidence } = await churn.inject()
    expect(evidence).toMatch(/^chat-1 answered the first \d+ joins of visitors$/)
    await churn.heal()
    const { rooms } = process.visits().at(-1)!
    expect([rooms.length, new Set(rooms).size]).toEqual([20, 20])
    expect(await connections()).toBe(0)
  })

  it('has not fired where no join was answered', async () => {
    const ended = { opened: 9, joinsAnswered: 0, left: 0, reset: 0, closed: 0, failed: 9, ghosts: [] }
    bench.visitors = telling<'churn'>({ joinsAnswered: 0, firstFailure: 'closed with 1013' }, ended)
    const churn = bench.prepare(tabChurn)
    const waited = 'waited 20 s for chat-1 to answer the join of a visitor, in vain: closed with 1013'
    await expect(churn.inject()).rejects.toThrow(new NotFired(waited))
    await churn.heal()
  })

  it('does not count as healed where a ghost is left', async () => {
    const ended = { opened: 9, joinsAnswered: 9, left: 9, reset: 0, closed: 0, failed: 0, ghosts: ['one in room-1'] }
    bench.visitors = telling<'churn'>({ joinsAnswered: 3, firstFailure: null }, ended)
    const churn = bench.prepare(tabChurn)
    await churn.inject()
    await expect(churn.heal()).rejects.toThrow('one in room-1')
  })
})

describe('malformed-input', () => {
  it('is answered as documented', async () => {
    bench.visitors = process
    const malformed = bench.prepare(malformedInput, { inputsPerSecond: 100 })
    const { evidence } = await malformed.inject()
    expect(evidence).toMatch(/^chat-1 answered \d+ kinds of malformed input as documented$/)
    await malformed.heal()
  })

  const NOTHING_WRONG = { inputs: 34, answered: 34, failed: 0, wrong: [] }

  it('has not fired where a kind was not answered', async () => {
    const begun = { kinds: 34, kindsAnswered: 33, wrong: [], firstFailure: 'a list got no answer' }
    bench.visitors = telling<'malformed'>(begun, NOTHING_WRONG)
    const malformed = bench.prepare(malformedInput)
    const waited = 'waited 20 s for chat-1 to answer 34 kinds of malformed input, 33 were; a list got no answer'
    await expect(malformed.inject()).rejects.toThrow(new NotFired(waited))
    await malformed.heal()
  })

  it('has not fired where one was answered otherwise', async () => {
    const begun = { kinds: 34, kindsAnswered: 34, wrong: ['a list: due is 1, came 2'], firstFailure: null }
    bench.visitors = telling<'malformed'>(begun, NOTHING_WRONG)
    const malformed = bench.prepare(malformedInput)
    const told = 'chat-1 did not answer as documented: a list: due is 1, came 2'
    await expect(malformed.inject()).rejects.toThrow(new NotFired(told))
  })

  it('does not count as healed where one was answered otherwise later', async () => {
    const begun = { kinds: 34, kindsAnswered: 34, wrong: [], firstFailure: null }
    bench.visitors = telling<'malformed'>(begun, { ...NOTHING_WRONG, wrong: ['a list: due is 1, came 2'] })
    const malformed = bench.prepare(malformedInput)
    await malformed.inject()
    await expect(malformed.heal()).rejects.toThrow('chat-1 did not answer as documented: a list: due is 1, came 2')
  })
})
