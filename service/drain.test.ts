import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from './connection.ts'
import { type DrainOptions, drain } from './drain.ts'

/** A connection that closes `settleMs` after it is told to finish; never with Infinity. */
class TestConnection {
  readonly settleMs: number
  readonly log: string[] = []
  announcedMs = -1
  finishedAtMs = -1
  isCut = false

  constructor(settleMs = 0) {
    this.settleMs = settleMs
  }

  announceDrain(closesInMs: number): void {
    this.announcedMs = closesInMs
  }

  async finish(): Promise<void> {
    if (this.settleMs === Number.POSITIVE_INFINITY) return new Promise(() => {})
    if (this.settleMs > 0) await new Promise(resolve => setTimeout(resolve, this.settleMs))
    this.finishedAtMs = Date.now()
  }

  terminate(): void {
    if (this.finishedAtMs === -1) this.isCut = true
  }
}

function start(connections: readonly TestConnection[], options: Partial<DrainOptions> = {}) {
  const abort = new AbortController()
  const stages: [string, number][] = []
  const startMs = Date.now()
  const drained = drain(
    {
      connections: new Set(connections as unknown as Connection[]),
      ...{ noticeMs: 0, spreadMs: 1000, msMax: 10_000, log: pino({ level: 'silent' }) },
      onNotice: () => stages.push(['notice', Date.now() - startMs]),
      onRefuse: () => stages.push(['refuse', Date.now() - startMs]),
      ...options,
    },
    abort.signal,
  ).then(isComplete => ({ isComplete, afterMs: Date.now() - startMs }))
  return { drained, abort, stages, startMs }
}

describe('drain', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    // The only clock that fake timers leave alone.
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => {
      const deadline = new AbortController()
      setTimeout(() => deadline.abort(), ms)
      return deadline.signal
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('is done at once where nobody is connected', async () => {
    const { drained, stages } = start([])
    await vi.advanceTimersByTimeAsync(0)
    expect(await drained).toEqual({ isComplete: true, afterMs: 0 })
    expect(stages.map(([stage]) => stage)).toEqual(['notice', 'refuse'])
  })

  it('tells everybody at once when each will be closed, spreads the closes evenly, and keeps the word', async () => {
    const connections = Array.from({ length: 10 }, () => new TestConnection())
    const { drained, startMs } = start(connections)
    await vi.advanceTimersByTimeAsync(0)
    expect(connections.map(({ announcedMs }) => announcedMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
    await vi.advanceTimersByTimeAsync(2000)
    expect(connections.map(({ finishedAtMs }) => finishedAtMs - startMs)).toEqual(
      connections.map(({ announcedMs }) => announcedMs),
    )
    expect(await drained).toEqual({ isComplete: true, afterMs: 900 })
    expect(connections.some(({ isCut }) => isCut)).toBe(false)
  })

  it('waits for the balancer before it refuses or tells anybody', async () => {
    const connection = new TestConnection()
    const { drained, stages } = start([connection], { noticeMs: 3000 })
    await vi.advanceTimersByTimeAsync(2999)
    expect([stages, connection.announcedMs]).toEqual([[['notice', 0]], -1])
    await vi.advanceTimersByTimeAsync(1)
    expect([stages[1], connection.announcedMs]).toEqual([['refuse', 3000], 0])
    expect((await drained).isComplete).toBe(true)
  })

  it('takes along who comes in during the notice', async () => {
    const connections = new Set<Connection>()
    const { drained } = start([], { connections, noticeMs: 1000 })
    const late = new TestConnection()
    await vi.advanceTimersByTimeAsync(500)
    connections.add(late as unknown as Connection)
    await vi.advanceTimersByTimeAsync(600)
    expect([await drained, late.announcedMs]).toEqual([{ isComplete: true, afterMs: 1000 }, 0])
  })

  it('waits for who still settles', async () => {
    const { drained } = start([new TestConnection(700)], { spreadMs: 0 })
    await vi.advanceTimersByTimeAsync(700)
    expect(await drained).toEqual({ isComplete: true, afterMs: 700 })
  })

  it('cuts what is left at the deadline, and only that', async () => {
    const [quick, stuck] = [new TestConnection(), new TestConnection(Number.POSITIVE_INFINITY)]
    const { drained } = start([quick, stuck], { msMax: 2000 })
    await vi.advanceTimersByTimeAsync(2000)
    expect(await drained).toEqual({ isComplete: false, afterMs: 2000 })
    expect([quick.isCut, stuck.isCut]).toEqual([false, true])
  })

  it('cuts everything at once at a second signal', async () => {
    const connections = Array.from({ length: 4 }, () => new TestConnection())
    const { drained, abort } = start(connections)
    await vi.advanceTimersByTimeAsync(400)
    abort.abort()
    expect(await drained).toEqual({ isComplete: false, afterMs: 400 })
    expect(connections.map(({ isCut }) => isCut)).toEqual([false, false, true, true])
    await vi.advanceTimersByTimeAsync(5000)
    expect(connections.filter(({ finishedAtMs }) => finishedAtMs !== -1)).toHaveLength(2)
  })

  it('cuts at a second signal during the notice too', async () => {
    const connection = new TestConnection()
    const { drained, abort } = start([connection], { noticeMs: 5000 })
    await vi.advanceTimersByTimeAsync(100)
    abort.abort()
    expect([await drained, connection.isCut]).toEqual([{ isComplete: false, afterMs: 100 }, true])
  })
})
