import { describe, expect, it } from 'vitest'
import { COUNT_MEASURES } from '../scenario/measures.ts'
import { EXACT_MEASURES, NOT_COUNTED, ZERO_OR_NOT_MEASURES } from './naive-checker.ts'
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
  jump,
  left,
  logWith,
  opened,
  PLAN,
  phantom,
  replaced,
  sent,
  stop,
  swapped,
} from './test-records.ts'

describe('the naive checker', () => {
  it('finds nothing in a clean history', () => {
    expect(countsOf(CLEAN)).toEqual(CLEAN_COUNTS)
  })

  it('says of every measure how exact it is', () => {
    const measures = [...EXACT_MEASURES, ...ZERO_OR_NOT_MEASURES]
    expect(measures.toSorted()).toEqual(Object.keys(CLEAN_COUNTS).toSorted())
    expect([...measures, ...NOT_COUNTED]).toEqual(expect.arrayContaining(Object.keys(COUNT_MEASURES)))
  })
})

describe('sent, ok, rejected, unknown', () => {
  it('takes a message that was written and refused for rejected', () => {
    expect(countsOf([...CLEAN, sent(3), ['rejected', 3, 'too-fast']])).toEqual({ ...CLEAN_COUNTS, sent: 6 })
  })

  it.each([
    ['given up', [sent(3), ['unknown', 3]] as const],
    ['without any answer', [sent(3)] as const],
    ['refused once and given up', [sent(3), ['rejected', 3, 'too-fast'], ['unknown', 3]] as const],
  ])('takes a message %s for unknown', (_, records) => {
    const counts = countsOf([...CLEAN, ...records], { run: { healedAtMs: 500 } })
    expect(counts).toEqual({ ...CLEAN_COUNTS, sent: 6, rejected: 0, unknown: 1 })
  })

  it('takes any acknowledgement for ok', () => {
    const counts = countsOf([['rejected', 2, 'too-fast'], ...CLEAN, ['unknown', 2]])
    expect(counts).toEqual(CLEAN_COUNTS)
  })
})

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
    ['sent before the leave, placed after it: owed', 550, 'A4', 10, 1],
  ])('%s', (_, atMs, at, obligations, lost) => {
    const records = replaced(CLEAN, gets(1, 5, 'A5'), left(1, at, atMs))
    expect(countsOf(records)).toMatchObject({ obligations, lost })
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

describe('deliveredAcross', () => {
  it('goes by the instance that acknowledged and the one where the receiver was', () => {
    const moved = replaced(CLEAN, gets(1, 2, 'A3'), closed(1, 1012, 150), opened(1, 0, 160), gets(1, 2, 'A3'))
    // Before the move one delivery of 0 and one of 1; after it everybody is on chat-1, and only 5 was acknowledged by chat-2.
    expect(countsOf(moved).deliveredAcross).toBe(4)
    expect(countsOf(replaced(moved, acked(2, 'A3'), ['acked', 2, 1, 'A', 3, 220])).deliveredAcross).toBe(6)
    expect(countsOf(replaced(moved, acked(2, 'A3'), ['acked', 2, -1, 'A', 3, 220])).deliveredAcross).toBe(4)
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

describe('duplicated', () => {
  it('counts every time after the first', () => {
    const twice = replaced(CLEAN, gets(1, 2, 'A3'), gets(1, 2, 'A3'), gets(1, 2, 'A3', 211), gets(1, 2, 'A3', 212))
    expect(countsOf(twice)).toEqual({ ...CLEAN_COUNTS, delivered: 12, deliveredAcross: 7, duplicated: 2 })
  })

  it('says nothing of what is no message of the plan', () => {
    expect(countsOf([...CLEAN, gets(1, -1, 'A6'), gets(1, -1, 'A7')])).toMatchObject({ duplicated: 0, phantom: 2 })
  })

  it('leaves a message in the wrong room to the measure for it', () => {
    const plan = { clients: PLAN.clients.map(client => ({ ...client, rooms: [0, 1] })) }
    const astray = gets(1, 2, 'A1', 900, 1)
    expect(countsOf([...CLEAN, astray], { plan })).toMatchObject({ duplicated: 0, phantom: 1 })
    expect(countsOf([...CLEAN, astray, astray], { plan })).toMatchObject({ duplicated: 1, phantom: 2 })
  })

  it('knows a message that stands at two places', () => {
    const counts = countsOf([...CLEAN, gets(1, 5, 'A6')])
    expect(counts).toMatchObject({ duplicated: 1, diverged: 0, lost: 0 })
  })
})

describe('reordered', () => {
  it('counts deliveries after a later message of the same sender', () => {
    // Messages 0 and 2 are of client 0; that they stand the wrong way round is everybody's order.
    const records = [
      opened(0, 0, -90),
      opened(1, 1, -90),
      joined(0, 'A0', -80),
      joined(1, 'A0', -80),
      ...[sent(0), sent(1), sent(2), acked(2, 'A1'), acked(1, 'A2'), acked(0, 'A3')],
      ...[0, 1].flatMap(client => [gets(client, 2, 'A1'), gets(client, 1, 'A2'), gets(client, 0, 'A3')]),
      ...[4, 5].flatMap(n => [sent(n), gets(0, n, `A${n}`), gets(1, n, `A${n}`), acked(n, `A${n}`)]),
      ...end(0, 'A5'),
      ...end(1, 'A5'),
    ]
    const log = logWith({ A1: 2, A2: 1, A3: 0, A4: 4, A5: 5 })
    expect(countsOf(records, { log })).toEqual({ ...CLEAN_COUNTS, reordered: 2 })
  })

  it('goes by the order of sending, not of numbers', () => {
    expect(countsOf(swapped(CLEAN, sent(0), sent(2))).reordered).toBe(2)
  })

  it('does not count a repetition of an earlier message', () => {
    const again = [...CLEAN.filter(([kind]) => kind !== 'end'), gets(1, 0, 'A1')]
    expect(countsOf(again)).toMatchObject({ duplicated: 1, reordered: 0 })
  })

  it('does not count what nobody sent, nor what is in the wrong room', () => {
    const never = [...CLEAN, gets(1, 3, 'A6')]
    expect(countsOf(never)).toMatchObject({ phantom: 1, reordered: 0 })
    const plan = { clients: PLAN.clients.map(client => ({ ...client, rooms: [0, 1] })) }
    const messages = { ...PLAN.messages, room: [0, 0, 0, 1] }
    const records = [...CLEAN, sent(3), gets(1, 3, 'A1', 900, 1), gets(1, 0, 'A2', 900, 1)]
    expect(countsOf(records, { plan: { ...plan, messages } })).toMatchObject({ phantom: 1, reordered: 0 })
  })

  it('does not mind the order of two senders', () => {
    expect(countsOf(swapped(CLEAN, sent(1), sent(2))).reordered).toBe(0)
  })
})

describe('diverged', () => {
  it('finds two messages at one place', () => {
    const records = replaced(CLEAN, gets(1, 2, 'A3'), gets(1, 2, 'A4'))
    expect(countsOf(records).diverged).toBeGreaterThan(0)
  })

  it.each([
    ['an acknowledgement', replaced(CLEAN, acked(2, 'A3'), acked(2, 'A2')), CLEAN_LOG],
    ['the log', CLEAN, logWith({ A1: 0, A2: 2, A3: 1, A4: 4, A5: 5 })],
    ['the log of a message that nobody got', [...CLEAN, sent(3)], logWith({ A1: 0, A2: 1, A3: 3, A4: 4, A5: 5 })],
  ])('hears %s', (_, records, log) => {
    expect(countsOf(records, { log }).diverged).toBeGreaterThan(0)
  })

  it('finds clients that were told in different orders', () => {
    const counts = countsOf(swapped(CLEAN, gets(1, 1, 'A2'), gets(1, 2, 'A3')))
    expect(counts.diverged).toBeGreaterThan(0)
    expect({ ...counts, diverged: 0 }).toEqual(CLEAN_COUNTS)
  })

  it('finds different orders also where all places agree', () => {
    const records = replaced(replaced(CLEAN, gets(1, 1, 'A2'), gets(1, 2, 'B2')), gets(1, 2, 'A3'), gets(1, 1, 'B3'))
    expect(countsOf(records).diverged).toBeGreaterThan(0)
  })

  it('finds an order against that of seq where nobody else says anything', () => {
    const alone = { clients: [{ name: 'client-1', instance: 0, rooms: [0] }] }
    const records = CLEAN.filter(record => !(record[0] === 'delivered' && record[1] === 1))
    expect(countsOf(records, { plan: alone, log: null }).diverged).toBe(0)
    const turned = swapped(records, gets(0, 1, 'A2'), gets(0, 2, 'A3'))
    expect(countsOf(turned, { plan: alone, log: null }).diverged).toBe(1)
  })

  it('finds a delivery of an earlier epoch after one of a later', () => {
    const strange = replaced(CLEAN, gets(1, 1, 'A2'), gets(1, 1, 'B2'))
    expect(countsOf(strange, { log: null }).diverged).toBeGreaterThan(0)
    expect(countsOf(replaced(strange, gets(1, 2, 'A3')), { log: null }).diverged).toBeGreaterThan(0)
  })

  it.each([
    ['a gap', jump('gap', 1, 'A5', 'B1')],
    ['a hole', jump('hole', 1, 'A5', 'B1')],
    ['an answered leave', left(1, 'B1', 900)],
    ['a phantom', phantom(1, 'B1')],
  ])('knows of an epoch by %s', (_, told) => {
    // At 900 ms; of Z somebody tells earlier or later than that.
    const back = (atMs: number) => [...CLEAN, told, sent(3), gets(0, -1, 'Z1', atMs), gets(0, 3, 'B2', 960)]
    expect(countsOf(back(890), { log: null }).diverged).toBe(0)
    expect(countsOf(back(910), { log: null }).diverged).toBe(1)
  })

  it('takes a message of nobody that comes again for a repetition, too', () => {
    const strange = replaced(CLEAN, gets(1, 2, 'A3'), phantom(1, 'A3'), gets(1, -1, 'A3', 210))
    const heard = replaced(replaced(strange, acked(2, 'A3')), gets(0, 2, 'A3'))
    expect(countsOf([...heard, gets(1, -1, 'A3', 980)], { log: null }).diverged).toBe(0)
    expect(countsOf([...heard, gets(1, -1, 'A0', 980)], { log: null }).diverged).toBe(1)
  })

  it('does not mind a new epoch that goes on at a lower seq', () => {
    expect(countsOf([...CLEAN, sent(3), gets(0, 3, 'B4'), gets(1, 3, 'B4')], { log: null }).diverged).toBe(0)
  })

  it('leaves a repetition to the measure for it', () => {
    const again = replaced(CLEAN, gets(1, 2, 'A3'), gets(1, 2, 'A3'), gets(1, 1, 'A2', 211))
    expect(countsOf(again)).toMatchObject({ duplicated: 1, diverged: 0 })
  })
})

describe('phantom', () => {
  it('counts a message of nobody once, though two records tell of it', () => {
    const counts = countsOf([...CLEAN, phantom(1, 'A6'), gets(1, -1, 'A6', 900)])
    expect(counts).toEqual({ ...CLEAN_COUNTS, delivered: 11, phantom: 1 })
  })

  it.each([
    ['a delivery alone', gets(1, -1, 'A6')],
    ['its record alone', phantom(1, 'A6')],
    ['a message that was never sent', gets(1, 3, 'A6')],
    ['a number beyond the plan', gets(1, 6, 'A6')],
    ['a message in the wrong room', gets(1, 5, 'A6', 510, 1)],
  ])('counts %s', (_, record) => {
    expect(countsOf([...CLEAN, record])).toMatchObject({ phantom: 1, reordered: 0, obligations: 10 })
  })

  it('counts a message that was definitely rejected, wherever it is seen', () => {
    const records = [...CLEAN, sent(3), ['rejected', 3, 'too-fast'] as const]
    expect(countsOf([...records, gets(1, 3, 'A6')])).toMatchObject({ phantom: 1, obligations: 10 })
    const log = logWith({ A1: 0, A2: 1, A3: 2, A4: 4, A5: 5, A6: 3 })
    expect(countsOf(records, { log }).phantom).toBe(1)
  })

  it('does not count a message of unknown fate', () => {
    expect(countsOf([...CLEAN, sent(3), gets(0, 3, 'A6'), gets(1, 3, 'A6')]).phantom).toBe(0)
  })
})

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

describe('late and duplicatedOnWire', () => {
  it('adds up what the clients counted', () => {
    const counts = countsOf([...CLEAN, ['tally', 0, 0, 1, 2], ['tally', 1, 0, 10, 20]])
    expect(counts).toEqual({ ...CLEAN_COUNTS, duplicatedOnWire: 11, late: 22 })
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

it('judges each room by its own records', () => {
  const clients = PLAN.clients.map(client => ({ ...client, rooms: [0, 1] }))
  const counts = countsOf(CLEAN, { plan: { clients } })
  expect(counts).toEqual({ ...CLEAN_COUNTS, stranded: 2 })
})
