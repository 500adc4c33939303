import { describe, expect, it } from 'vitest'
import {
  acked,
  CLEAN,
  CLEAN_COUNTS,
  CLEAN_LOG,
  closed,
  countsOf,
  end,
  gets,
  joined,
  left,
  logWith,
  opened,
  PLAN,
  replaced,
  sent,
  stop,
} from './test-records.ts'

describe('stranded', () => {
  const isOf = (client: number) => (record: readonly unknown[]) =>
    ['end', 'end-of-room'].includes(record[0] as string) && record[1] === client
  const endless = CLEAN.filter(record => !isOf(1)(record))

  it.each([
    ['disconnected', end(1, 'A5', { isConnected: false })],
    ['not joined', end(1, 'A5', { isJoined: false })],
    ['never answered', end(1, 'A5').slice(0, 1)],
    ['behind', end(1, 'A4')],
    ['of whom nothing is known', []],
  ])('counts a client %s', (_, ends) => {
    expect(countsOf([...endless, ...ends])).toEqual({ ...CLEAN_COUNTS, stranded: 1 })
  })

  it('does not take an epoch that nothing stands in yet for a place to reach', () => {
    const log = { ...CLEAN_LOG, top: { epoch: 'B', seq: 5 } }
    expect(countsOf(CLEAN, { log }).stranded).toBe(0)
    expect(countsOf([...endless, ...end(1, 'A4')], { log }).stranded).toBe(1)
  })

  it('needs no entry of the log to see who is behind', () => {
    const log = { ...CLEAN_LOG, firstSeq: 6, entries: [] }
    expect(countsOf(CLEAN, { log }).stranded).toBe(0)
    expect(countsOf([...endless, ...end(1, 'A4')], { log }).stranded).toBe(1)
  })

  it('goes by where the sender was, where nobody acknowledged', () => {
    const records = replaced(replaced(CLEAN, gets(1, 4, 'A4')), acked(4, 'A4'))
    // Client 0 is mute either way, client 1 deaf to another instance alone.
    expect(countsOf(records)).toMatchObject({ lost: 1, stranded: 2 })
    expect(countsOf(replaced(records, sent(4), ['sent', 4, 1, 400]))).toMatchObject({ lost: 1, stranded: 1 })
  })

  it('counts a client that is deaf to another instance', () => {
    expect(countsOf(replaced(CLEAN, gets(1, 4, 'A4')))).toMatchObject({ lost: 1, stranded: 1 })
    expect(countsOf(replaced(CLEAN, gets(1, 5, 'A5')))).toMatchObject({ lost: 1, stranded: 0 })
    expect(countsOf(replaced(CLEAN, gets(1, 0, 'A1')))).toMatchObject({ lost: 1, stranded: 0 })
  })

  it('does not count a client in a room that it left by itself', () => {
    const alone = CLEAN.filter(
      record => !(record[0] === 'delivered' && record[1] === 1 && record[5] >= 4) && !isOf(1)(record),
    )
    const refused = replaced(replaced(alone, acked(5, 'A5'), ['rejected', 5, 'not-a-member']), gets(0, 5, 'A5'))
    const gone = [...replaced(refused, sent(4), left(1, 'A3', 350), sent(4)), ...end(1, 'A3', { isJoined: false })]
    const log = logWith({ A1: 0, A2: 1, A3: 2, A4: 4 })
    // Nobody was to speak on another instance than that of client 0, so nobody doubts that it hears.
    expect(countsOf(gone, { log })).toMatchObject({ lost: 0, stranded: 0 })
    expect(countsOf([...gone, joined(1, 'A4', 600)], { log })).toMatchObject({ stranded: 2 })
  })

  it('counts a client of which nobody knows whether it hears', () => {
    const mute = replaced(replaced(replaced(CLEAN, gets(0, 5, 'A5')), gets(1, 5, 'A5')), acked(5, 'A5'))
    const log = logWith({ A1: 0, A2: 1, A3: 2, A4: 4 })
    expect(countsOf(mute, { log })).toMatchObject({ unknown: 1, lost: 0, stranded: 2 })
  })

  it('counts a client that is mute at the roll call', () => {
    expect(countsOf(replaced(CLEAN, acked(5, 'A5')))).toMatchObject({ unknown: 1, lost: 0, stranded: 1 })
  })

  it('counts a client that does not speak there, and had no answer after healing', () => {
    const plan = { clients: [...PLAN.clients, { name: 'client-3', instance: 0, rooms: [0] }] }
    const messages = { ...PLAN.messages, client: [0, 1, 0, 2] }
    const receives = [0, 1, 2, 4, 5].map((number, index) => gets(2, number, `A${index + 1}`))
    const third = [opened(2, 0, -90), joined(2, 'A0', -80), ...receives, ...end(2, 'A5')]
    const given = { plan: { ...plan, messages } }
    expect(countsOf([...CLEAN, ...third], given).stranded).toBe(0)
    expect(countsOf([...CLEAN, ...third, sent(3)], given)).toMatchObject({ unknown: 1, stranded: 1 })
    expect(countsOf([...CLEAN, ...third, sent(3)], { ...given, run: { healedAtMs: 301 } }).stranded).toBe(0)
    expect(countsOf([...CLEAN, ...third, sent(3), ['rejected', 3, 'too-fast']], given).stranded).toBe(0)
  })

  it('does not call mute who was heard at the roll call', () => {
    expect(countsOf([...CLEAN, sent(3)])).toMatchObject({ unknown: 1, stranded: 0 })
  })

  it('calls nobody mute where there was no roll call', () => {
    const records = CLEAN.filter(record => record[1] !== 4 && record[1] !== 5 && record[5] !== 4 && record[5] !== 5)
    const log = logWith({ A1: 0, A2: 1, A3: 2 })
    expect(countsOf(records, { log, run: { rollCallAtMs: null } })).toMatchObject({ sent: 3, lost: 0, stranded: 0 })
    expect(countsOf(records, { log })).toMatchObject({ stranded: 2 })
  })
})

describe('uncleanDrains', () => {
  const clean = { code: 0, signal: null, afterMs: 50 }
  const planned = { kind: 'stop-instance', target: 'chat-2', atMs: 110, heals: true, lastsMs: 0, settings: {} } as const
  const drained = (fault: ReturnType<typeof stop>, code = 1012) => {
    const records = replaced(CLEAN, gets(1, 2, 'A3'), closed(1, code, 140), opened(1, 1, 190), gets(1, 2, 'A3'))
    return countsOf(records, { plan: { faults: [planned] }, run: { faults: [fault] } })
  }

  it('accepts a drain with 0, in time and with a code', () => {
    expect(drained(stop(clean))).toEqual({ ...CLEAN_COUNTS, reconnectsPerSecondMax: 1 })
  })

  it.each([
    ['another exit code', { ...clean, code: 1 }],
    ['an end by a signal', { ...clean, code: null, signal: 'SIGKILL' }],
    ['an exit that came too late', { ...clean, afterMs: 20_001 }],
    ['an exit that nobody saw', null],
  ])('counts %s', (_, exit) => {
    expect(drained(stop(exit))).toEqual({ ...CLEAN_COUNTS, reconnectsPerSecondMax: 1, uncleanDrains: 1 })
  })

  it('counts a drain once that cut connections without a code', () => {
    expect(drained(stop(clean), 1006).uncleanDrains).toBe(1)
    expect(drained(stop(clean), 1005).uncleanDrains).toBe(1)
    expect(drained(stop({ ...clean, code: 1 }), 1006).uncleanDrains).toBe(1)
  })

  it('counts a cut however late the client notices, and none of a connection that was opened later', () => {
    const fault = stop(clean)
    const late = replaced(CLEAN, gets(1, 5, 'A5'), gets(1, 5, 'A5'), closed(1, 1006, 9_000), opened(1, 1, 9_010))
    expect(countsOf(late, { plan: { faults: [planned] }, run: { faults: [fault] } }).uncleanDrains).toBe(1)
    const next = replaced(late, gets(1, 2, 'A3'), closed(1, 1012, 140), opened(1, 1, 190), gets(1, 2, 'A3'))
    expect(countsOf(next, { plan: { faults: [planned] }, run: { faults: [fault] } }).uncleanDrains).toBe(0)
  })

  it('leaves out cuts of other times and instances, kills, and stops that never fired', () => {
    expect(drained(stop(clean, { firedAtMs: 150 }), 1006).uncleanDrains).toBe(0)
    expect(drained(stop(clean, { target: 'chat-1' }), 1006).uncleanDrains).toBe(0)
    expect(drained(stop(clean, { firedAtMs: -200 }), 1006).uncleanDrains).toBe(0)
    expect(drained(stop(null, { kind: 'kill-instance' }), 1006).uncleanDrains).toBe(0)
    expect(drained(stop(null, { firedAtMs: null, effectAtMs: null, status: 'not-fired' })).uncleanDrains).toBe(0)
  })
})
