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

describe('deliveredAcross', () => {
  it('goes by the instance that acknowledged and the one where the receiver was', () => {
    const moved = replaced(CLEAN, gets(1, 2, 'A3'), closed(1, 1012, 150), opened(1, 0, 160), gets(1, 2, 'A3'))
    // Before the move one delivery of 0 and one of 1; after it everybody is on chat-1, and only 5 was acknowledged by chat-2.
    expect(countsOf(moved).deliveredAcross).toBe(4)
    expect(countsOf(replaced(moved, acked(2, 'A3'), ['acked', 2, 1, 'A', 3, 220])).deliveredAcross).toBe(6)
    expect(countsOf(replaced(moved, acked(2, 'A3'), ['acked', 2, -1, 'A', 3, 220])).deliveredAcross).toBe(4)
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

describe('late and duplicatedOnWire', () => {
  it('adds up what the clients counted', () => {
    const counts = countsOf([...CLEAN, ['tally', 0, 0, 1, 2], ['tally', 1, 0, 10, 20]])
    expect(counts).toEqual({ ...CLEAN_COUNTS, duplicatedOnWire: 11, late: 22 })
  })
})

it('judges each room by its own records', () => {
  const clients = PLAN.clients.map(client => ({ ...client, rooms: [0, 1] }))
  const counts = countsOf(CLEAN, { plan: { clients } })
  expect(counts).toEqual({ ...CLEAN_COUNTS, stranded: 2 })
})
