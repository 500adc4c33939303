import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadedScript } from './loaded-script.ts'
import { Presence, TOLD_AT_ONCE_MAX } from './presence.ts'
import { LEASE_SCRIPT } from './presence-scripts.ts'
import type { RedisLink } from './redis-link.ts'

const HEARTBEAT_MS = 3000
const LEASE_SHA = loadedScript(LEASE_SCRIPT).sha

interface Call {
  readonly kind: 'take' | 'renew' | 'give up' | 'tell'
  readonly holder: string
  answer(reply: unknown): Promise<void>
}

/** A link that notes every call and answers it when the test says so, or at once. */
class TestLink extends EventEmitter {
  readonly calls: Call[] = []
  isUsable = true
  answersAtOnce = true

  run(command: (redis: unknown) => Promise<unknown>): Promise<unknown> {
    return command({ evalsha: (...words: unknown[]) => this.#evaluate(words) })
  }

  #evaluate([sha, keyCount, ...rest]: unknown[]): Promise<unknown> {
    const values = rest.slice(Number(keyCount))
    const leaseKind = values[1] === 0 ? 'give up' : values[2] === 1 ? 'renew' : 'take'
    const kind = sha === LEASE_SHA ? leaseKind : 'tell'
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const answer = async (reply: unknown) => {
      resolve(reply)
      await vi.advanceTimersByTimeAsync(0)
    }
    this.calls.push({ kind, holder: String(values[0]), answer })
    if (this.answersAtOnce) resolve(kind === 'tell' ? [1, 1, 1, 1, 0] : [1, [], 1, 1])
    return promise
  }

  /** Kinds of the calls since the last time. */
  take(): Call['kind'][] {
    return this.calls.splice(0).map(({ kind }) => kind)
  }
}

let link: TestLink
let presence: Presence

beforeEach(() => {
  vi.useFakeTimers()
  link = new TestLink()
  presence = new Presence({
    link: link as unknown as RedisLink,
    instance: 'one',
    heartbeatMs: HEARTBEAT_MS,
    log: pino({ level: 'silent' }),
    commandMsMax: 2000,
  })
})

afterEach(async () => {
  link.answersAtOnce = true
  await presence.close()
  vi.useRealTimers()
})

const heartbeat = () => vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
const coalescing = () => vi.advanceTimersByTimeAsync(250)

describe('the lease', () => {
  it('is none while nobody is here', async () => {
    for (let count = 0; count < 10; count++) await heartbeat()
    link.emit('usable')
    await heartbeat()
    expect(link.take()).toEqual([])
  })

  it('is taken once when many come at the same time, renewed at each heartbeat, and given up after the last', async () => {
    for (let count = 0; count < 100; count++) presence.entered(`r${count % 2}`, `user-${count}`)
    await coalescing()
    expect(link.take()).toEqual(['take', 'tell', 'tell'])
    await heartbeat()
    await heartbeat()
    expect(link.take()).toEqual(['renew', 'renew'])
    for (let count = 0; count < 100; count++) presence.left(`r${count % 2}`, `user-${count}`)
    await coalescing()
    expect(link.take()).toEqual(['tell', 'tell'])
    await heartbeat()
    expect(link.take()).toEqual(['give up'])
    await heartbeat()
    expect(link.take()).toEqual([])
  })

  it('that was given up while a renewal was under way is taken anew, by a holder of another name', async () => {
    presence.entered('r', 'ann')
    await coalescing()
    link.answersAtOnce = false
    presence.left('r', 'ann')
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS - 500)
    const [take, first, last] = link.calls.splice(0)
    expect([take!.kind, first!.kind, last!.kind]).toEqual(['take', 'tell', 'tell'])
    await heartbeat()
    const [renewal] = link.calls.splice(0)
    expect(renewal!.kind).toBe('renew')
    await last!.answer([0, 0, 1, 1, 0])
    await heartbeat()
    const [givingUp] = link.calls.splice(0)
    expect([givingUp!.kind, givingUp!.holder]).toEqual(['give up', take!.holder])
    await renewal!.answer([1, [], 1])
    presence.entered('r', 'bob')
    const [again] = link.calls.splice(0)
    expect(again!.kind).toBe('take')
    expect(again!.holder).not.toBe(take!.holder)
  })

  it('that had run out is taken anew, and everybody is told again', async () => {
    presence.entered('r', 'ann')
    await coalescing()
    const [take] = link.calls.splice(0)
    link.answersAtOnce = false
    await heartbeat()
    const [renewal] = link.calls.splice(0)
    link.answersAtOnce = true
    await renewal!.answer([0, [take!.holder], 1])
    await coalescing()
    const [again, telling] = link.calls.splice(0)
    expect([again!.kind, telling!.kind]).toEqual(['take', 'tell'])
    expect(again!.holder).not.toBe(take!.holder)
    expect(telling!.holder).toBe(again!.holder)
  })
})

describe('the number of leases', () => {
  /** Lets the next heartbeat come, and Redis answer this to it. */
  async function answer(reply: unknown): Promise<void> {
    link.answersAtOnce = false
    await heartbeat()
    const [renewal] = link.calls.splice(0)
    link.answersAtOnce = true
    await renewal!.answer(reply)
  }

  it('is what Redis told last, and unknown while this instance has none', async () => {
    expect(presence.leases).toBeNull()
    presence.entered('r', 'ann')
    await coalescing()
    link.take()
    await answer([1, [], 1, 3])
    expect(presence.leases).toBe(3)
    presence.left('r', 'ann')
    await coalescing()
    await heartbeat()
    expect([presence.leases, presence.leasesLost]).toEqual([null, 0])
  })

  it('does not hide that the own one was lost', async () => {
    presence.entered('r', 'ann')
    await coalescing()
    link.take()
    await answer([0, [], 1, 2])
    expect(presence.leasesLost).toBe(1)
  })
})

describe('thousands of rooms', () => {
  const ROOMS = 10 * TOLD_AT_ONCE_MAX + 1

  /** Enters them all, and answers what is told of them. Resolves with how many were told of together, from time to time. */
  async function tellOfAll(meanwhile: (round: number) => Promise<void>): Promise<number[]> {
    link.answersAtOnce = false
    for (let room = 0; room < ROOMS; room++) presence.entered(`r${room}`, 'ann')
    await link.calls.splice(0)[0]!.answer([1, [], 1])
    await coalescing()
    const together: number[] = []
    for (let told = 0; told < ROOMS && together.length < ROOMS; told += together.at(-1)!) {
      const calls = link.calls.splice(0)
      const tells = calls.filter(({ kind }) => kind === 'tell')
      together.push(tells.length)
      for (const call of calls) await call.answer(call.kind === 'tell' ? [1, 1, 1, 1, 0] : [1, [], 1])
      await meanwhile(together.length)
    }
    return together
  }

  it('are told of a few at a time, each of them in the end', async () => {
    const together = await tellOfAll(async () => {})
    expect(Math.max(...together)).toBe(TOLD_AT_ONCE_MAX)
    expect(together.reduce((sum, count) => sum + count, 0)).toBe(ROOMS)
  })

  it('do not keep the lease from being renewed while they are told of', async () => {
    const renewals: string[] = []
    await tellOfAll(async round => {
      if (round !== 3) return
      await heartbeat()
      renewals.push(...link.calls.map(({ kind }) => kind).filter(kind => kind !== 'tell'))
    })
    expect(renewals).toEqual(['renew'])
  })
})
