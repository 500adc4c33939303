import { describe, expect, it } from 'vitest'
import {
  acked,
  CLEAN,
  CLEAN_COUNTS,
  closed,
  countsOf,
  end,
  gets,
  joined,
  jump,
  left,
  logWith,
  opened,
  PLAN,
  replaced,
  sent,
  stop,
  swapped,
} from './test-records.ts'

describe('obligations', () => {
  it('owes an unknown message that stands in the log', () => {
    const log = logWith({ A1: 0, A2: 1, A3: 2, A4: 4, A5: 5, A6: 3 })
    const records = [...CLEAN.filter(([kind]) => kind !== 'end-of-room'), ...end(0, 'A6'), ...end(1, 'A6'), sent(3)]
    const counts = countsOf(records, { log, run: { healedAtMs: 500 } })
    expect(counts).toMatchObject({ unknown: 1, obligations: 12, lost: 2, stranded: 0 })
  })

  it('owes an unknown message that somebody saw to everybody', () => {
    const counts = countsOf([...CLEAN, sent(3), gets(0, 3, 'A6')], { run: { healedAtMs: 500 } })
    expect(counts).toMatchObject({ obligations: 12, lost: 1 })
  })

  it.each([
    ['sent and placed before the join: not owed', 5, 'A1', 9],
    ['sent before the join, placed after it: owed', 5, 'A0', 10],
    ['sent after the join, placed before it: owed', -5, 'A1', 10],
    ['sent in the moment of the join: not after it', 0, 'A1', 9],
  ])('%s', (_, atMs, at, obligations) => {
    const records = replaced(CLEAN, joined(1, 'A0', -80), joined(1, at, atMs))
    expect(countsOf(records)).toEqual({ ...CLEAN_COUNTS, obligations })
  })

  it.each([
    ['sent and placed after the leave: not owed', 450, 'A4', 9, 0],
    ['sent after the leave, placed before it: owed', 450, 'A5', 10, 1],
    ['in flight at the leave, placed after it: not owed', 550, 'A4', 9, 0],
    ['sent longer before the leave than the deadline, placed after it: owed', 1550, 'A4', 10, 1],
  ])('%s', (_, atMs, at, obligations, lost) => {
    const records = replaced(CLEAN, gets(1, 5, 'A5'), left(1, at, atMs))
    expect(countsOf(records)).toMatchObject({ obligations, lost })
  })

  it('owes by place alone what was sent before the faults had healed, to somebody who leaves', () => {
    const records = replaced(CLEAN, gets(1, 5, 'A5'), left(1, 'A4', 1550))
    expect(countsOf(records, { run: { healedAtMs: 600 } })).toMatchObject({ obligations: 9, lost: 0 })
  })

  it.each([
    ['the log', acked(2, 'A4'), 'A4', logWith({ A1: 0, A2: 1, A3: 2, A4: 4, A5: 5 }), 9],
    ['the log, also where the message stands later in it', acked(2, 'A3'), 'A3', logWith({ A1: 0, A2: 1, A4: 2 }), 10],
    ['the acknowledgement, where the log does not know', acked(2, 'A4'), 'A3', null, 10],
    ['the first client’s delivery, where nobody else knows', null, 'A4', null, 10],
  ])('believes of a place %s', (_, ack, delivery, log, obligations) => {
    // Client 1 joins behind A3, after the message was sent.
    const records = replaced(CLEAN, acked(2, 'A3'), ...(ack === null ? [] : [ack]))
    const late = replaced(replaced(records, joined(1, 'A0', -80)), sent(4), joined(1, 'A3', 350), sent(4))
    const own = late.filter(record => record[0] !== 'delivered' || record[1] === 0 || record[5] >= 4)
    // Of the five, client 1 is owed the two of the roll call, and message 2 if it stands behind A3.
    expect(countsOf(replaced(own, gets(0, 2, 'A3'), gets(0, 2, delivery)), { log }).obligations).toBe(obligations - 2)
  })

  it('does not take a message of unknown fate for accepted because it was seen in another room', () => {
    const counts = countsOf([...CLEAN, sent(3), gets(0, 3, 'A6', 310, 1)], { run: { healedAtMs: 500 } })
    expect(counts).toMatchObject({ unknown: 1, obligations: 10, phantom: 1 })
  })

  it.each([
    ['told first', null],
    ['first in the log', logWith({ A1: 0, A2: 1, A3: 2, B1: 4, B2: 5 })],
  ])('knows which epoch is the earlier one: that %s', (_, log) => {
    const records = CLEAN.flatMap((record): (typeof CLEAN)[number][] => {
      if (record[0] === 'joined' && record[1] === 1) return []
      if (record[0] === 'sent' && record[1] === 4) return [joined(1, 'B0', 350), record]
      if (record[0] === 'acked' && record[1] >= 4) return [acked(record[1], `B${record[1] - 3}`)]
      if (record[0] === 'delivered' && record[5] >= 4) return [gets(record[1], record[5], `B${record[5] - 3}`)]
      if (record[0] === 'delivered' && record[1] === 1) return []
      return [record]
    })
    expect(countsOf(records, { log })).toMatchObject({ obligations: 7, lost: 0 })
  })

  it('believes the log of the order of epochs before it believes what was told', () => {
    // Nobody was told of epoch Z, which stands before A in the log; its message is none that followed the joins.
    const log = logWith({ Z0: 3, A1: 0, A2: 1, A3: 2, A4: 4, A5: 5 })
    expect(countsOf([sent(3, -85), ...CLEAN], { log })).toMatchObject({ unknown: 1, obligations: 10, lost: 0 })
  })

  it('ends a stay that went over several connections', () => {
    const back = [closed(1, 1006, 150), opened(1, 1, 160), joined(1, 'A2', 170)]
    const records = replaced(CLEAN, gets(1, 2, 'A3'), ...back, gets(1, 2, 'A3'))
    expect(countsOf(replaced(records, gets(1, 5, 'A5'), left(1, 'A4', 450)))).toMatchObject({ obligations: 9, lost: 0 })
  })

  it('goes on over a lost connection, and begins anew after a leave', () => {
    const missed = replaced(CLEAN, gets(1, 2, 'A3'))
    const back = [opened(1, 1, 220), joined(1, 'A3', 230)]
    const disconnected = replaced(missed, acked(2, 'A3'), acked(2, 'A3'), closed(1, 1006, 150), ...back)
    expect(countsOf(disconnected)).toMatchObject({ obligations: 10, lost: 1 })
    const away = replaced(missed, acked(2, 'A3'), acked(2, 'A3'), left(1, 'A2', 150), joined(1, 'A3', 230))
    expect(countsOf(away)).toMatchObject({ obligations: 9, lost: 0 })
  })
})

describe('lost', () => {
  it('finds a delivery that never came, and at a hole counts it once', () => {
    expect(countsOf(replaced(CLEAN, gets(1, 2, 'A3')))).toEqual({
      ...CLEAN_COUNTS,
      delivered: 9,
      deliveredAcross: 4,
      lost: 1,
    })
  })

  it('finds a hole in what a client was delivered, whatever the acks say', () => {
    // The sender never learnt that its message stands at A3, and nobody else says so.
    const records = [sent(2), acked(2, 'A3'), gets(0, 2, 'A3'), gets(1, 2, 'A3')].reduce<typeof CLEAN>(
      (list, record) => replaced(list, record),
      CLEAN,
    )
    const counts = countsOf(records, { log: logWith({ A1: 0, A2: 1, A4: 4, A5: 5 }) })
    expect(counts).toEqual({
      ...CLEAN_COUNTS,
      ok: 4,
      sent: 4,
      rejected: 2,
      obligations: 8,
      delivered: 8,
      deliveredAcross: 4,
      lost: 2,
    })
  })

  it.each([
    ['B6', 'right behind the last of the epoch before', 0],
    ['B7', 'one place further: a hole for each client', 2],
  ])('takes the stream on into a new epoch at %s: %s', (at, _, lost) => {
    const records = [
      ...CLEAN.filter(([kind]) => kind !== 'end-of-room'),
      ...[sent(3), acked(3, at, 700), gets(0, 3, at, 700), gets(1, 3, at, 700), ...end(0, at), ...end(1, at)],
    ]
    const log = logWith({ A1: 0, A2: 1, A3: 2, A4: 4, A5: 5, [at]: 3 })
    expect(countsOf(records, { log })).toMatchObject({ obligations: 12, lost, stranded: 0 })
  })

  it('finds a hole between two places that came the wrong way round', () => {
    const log = logWith({ A1: 0, A2: 1, A3: 2, A6: 4, A7: 5 })
    const further = CLEAN.map((record): (typeof CLEAN)[number] => {
      if (record[0] === 'delivered' && record[5] >= 4) return gets(record[1], record[5], `A${record[5] + 2}`)
      return record[0] === 'acked' && record[1] >= 4 ? acked(record[1], `A${record[1] + 2}`) : record
    })
    expect(countsOf(further, { log })).toMatchObject({ obligations: 10, lost: 4 })
    expect(countsOf(swapped(further, gets(1, 2, 'A3'), gets(1, 4, 'A6')), { log })).toMatchObject({ lost: 4 })
    expect(countsOf(swapped(further, gets(1, 2, 'A3'), gets(1, 5, 'A7')), { log })).toMatchObject({ lost: 4 })
  })

  it('takes no step back to an earlier epoch for a hole', () => {
    const alone = { clients: [{ name: 'client-1', instance: 0, rooms: [0] }], messages: PLAN.messages }
    const records = [joined(0, 'A0', -80), sent(0), gets(0, 0, 'B2'), sent(2), gets(0, 2, 'A9')]
    expect(countsOf(records, { plan: alone, log: null })).toMatchObject({ lost: 0 })
    expect(countsOf([...records, gets(0, 2, 'B9')], { plan: alone, log: null }).lost).toBeGreaterThan(0)
  })

  it.each([
    ['while it was away', [left(1, 'A1', 95), joined(1, 'A3', 290)], 0],
    ['after it had left for good', [left(1, 'A1', 95)], 0],
    ['before it left', [left(1, 'A2', 95), joined(1, 'A3', 290)], 1],
    ['after it was back', [left(1, 'A1', 95), joined(1, 'A2', 290)], 1],
  ])('does not owe a client what came while it was away, and a hole there is none: %s', (_, away, lost) => {
    // Nobody knows of messages at A2 and A3, but the seqs are missing. A message of the roll call was delivered before its time.
    const unheard = CLEAN.filter(record => ![1, 2].includes(record[0] === 'delivered' ? record[5] : Number.NaN))
    const unsaid = unheard.filter(
      record => !((record[0] === 'acked' || record[0] === 'sent') && [1, 2].includes(record[1])),
    )
    const records = replaced(unsaid, gets(1, 0, 'A1'), gets(1, 0, 'A1'), ...away)
    const alone = records.filter(record => !(record[0] === 'delivered' && record[1] === 0))
    const plan = { clients: [{ ...PLAN.clients[0]!, rooms: [] }, PLAN.clients[1]!] }
    expect(countsOf(alone, { plan, log: null }).lost).toBe(lost)
  })

  it('counts the places of a hole that a client saw, each once, also where it fetched them', () => {
    expect(countsOf([...CLEAN, jump('hole', 1, 'A1', 'A4')])).toEqual({ ...CLEAN_COUNTS, lost: 2, holes: 1 })
    const counts = countsOf([...CLEAN, jump('hole', 1, 'A1', 'A4'), jump('hole', 1, 'A2', 'A4')])
    expect(counts).toEqual({ ...CLEAN_COUNTS, lost: 2, holes: 2 })
  })

  it('finds an acknowledged message that is not in the log, unless it was trimmed or nobody could read', () => {
    const entries = { A2: 1, A3: 2, A4: 4, A5: 5 }
    expect(countsOf(CLEAN, { log: logWith(entries) })).toEqual({ ...CLEAN_COUNTS, lost: 1 })
    expect(countsOf(CLEAN, { log: logWith(entries, 2) })).toEqual(CLEAN_COUNTS)
    expect(countsOf(CLEAN, { log: null })).toEqual(CLEAN_COUNTS)
  })
})

describe('declaredGaps', () => {
  const missed = replaced(CLEAN, gets(1, 2, 'A3'))
  const excused = { run: { healedAtMs: 300 } }

  it('counts what is owed, gone and declared, and no more', () => {
    const counts = countsOf([...missed, jump('gap', 1, 'A2', 'A4')], excused)
    expect(counts).toMatchObject({ declaredGaps: 1, lost: 0 })
    expect(countsOf([...CLEAN, jump('gap', 1, 'A2', 'A4')], excused)).toEqual(CLEAN_COUNTS)
  })

  it.each([
    ['another range', jump('gap', 1, 'A3', 'A5'), 300],
    ['a range before it', jump('gap', 1, 'A1', 'A3'), 300],
    ['another client', jump('gap', 0, 'A2', 'A4'), 300],
    ['a message first sent after healing', jump('gap', 1, 'A2', 'A4'), 199],
  ])('does not cover %s', (_, gap, healedAtMs) => {
    expect(countsOf([...missed, gap], { run: { healedAtMs } })).toMatchObject({ declaredGaps: 0, lost: 1 })
  })

  it.each([
    ['healed', { healedAtMs: 210 }, true, 80, 1],
    ['healed before', { healedAtMs: 190 }, true, 80, 0],
    ['never healed: to the end of the load', { healedAtMs: null }, true, 80, 1],
    ['to stay down: to its exit', { healedAtMs: null }, false, 80, 0],
    ['to stay down: to its exit, after the message', { healedAtMs: null }, false, 100, 1],
    ['to stay down, and never seen to exit: to the end of the load', { healedAtMs: null }, false, null, 1],
    ['not seen: never', { effectAtMs: null, healedAtMs: 210, status: 'not-fired' as const }, true, 80, 0],
  ])('excuses by a fault %s', (_, changes, heals, afterMs, declaredGaps) => {
    const fault = stop(afterMs === null ? null : { code: 0, signal: null, afterMs }, changes)
    const planned = { kind: 'stop-instance', target: 'chat-2', atMs: 110, heals, lastsMs: 0, settings: {} } as const
    const counts = countsOf([...missed, jump('gap', 1, 'A2', 'A4')], {
      plan: { faults: [planned] },
      run: { faults: [fault], healedAtMs: null },
    })
    expect(counts).toMatchObject({ declaredGaps, lost: 1 - declaredGaps })
  })

  it('holds what was acknowledged and is not in the log, where the service told a member', () => {
    const log = logWith({ A1: 0, A2: 1, A4: 4, A5: 5 })
    expect(countsOf(CLEAN, { log, ...excused })).toEqual({ ...CLEAN_COUNTS, lost: 1 })
    const told = [...CLEAN, jump('gap', 1, 'A2', 'A4')]
    expect(countsOf(told, { log, ...excused })).toEqual({ ...CLEAN_COUNTS, declaredGaps: 1 })
    expect(countsOf(told, { log, run: { healedAtMs: 199 } })).toEqual({ ...CLEAN_COUNTS, lost: 1 })
    expect(countsOf([...CLEAN, jump('gap', 1, 'A3', 'A5')], { log, ...excused })).toEqual({ ...CLEAN_COUNTS, lost: 1 })
  })

  it('reaches from the end of one epoch into the next', () => {
    // Redis lost A3 and what followed, and went on in epoch B at the same seq.
    const records = [
      opened(0, 0, -90),
      opened(1, 1, -90),
      joined(0, 'A0', -80),
      joined(1, 'A0', -80),
      ...[0, 1].flatMap(n => [sent(n), gets(0, n, `A${n + 1}`), gets(1, n, `A${n + 1}`), acked(n, `A${n + 1}`)]),
      ...[sent(2), gets(0, 2, 'A3'), acked(2, 'A3'), jump('gap', 0, 'A3', 'B3'), jump('gap', 1, 'A2', 'B3')],
      ...[4, 5].flatMap(n => [sent(n), gets(0, n, `B${n - 1}`), gets(1, n, `B${n - 1}`), acked(n, `B${n - 1}`)]),
      ...end(0, 'B4'),
      ...end(1, 'B4'),
    ]
    const log = logWith({ A1: 0, A2: 1, B3: 4, B4: 5 })
    // Once owed to client 1, and once acknowledged and not in the log.
    expect(countsOf(records, { log, run: { healedAtMs: 300 } })).toEqual({
      ...CLEAN_COUNTS,
      delivered: 9,
      deliveredAcross: 4,
      declaredGaps: 2,
      lost: 0,
    })
    expect(countsOf(records, { log, run: { healedAtMs: 199 } })).toMatchObject({ declaredGaps: 0, lost: 2 })
    const untold = records.filter(record => record[0] !== 'gap')
    expect(countsOf(untold, { log, run: { healedAtMs: 300 } })).toMatchObject({ declaredGaps: 0, lost: 2 })
  })
})
