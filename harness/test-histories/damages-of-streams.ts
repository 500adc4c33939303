/** Test support: damages of what a client was delivered. */

import type { DeliveredRecord } from '../naive-checker/raw-record.ts'
import { choose, type Damage } from './damage.ts'
import type { Dice } from './dice.ts'
import {
  acknowledged,
  type Delivery,
  inserted,
  messagesOf,
  momentsAfter,
  replaced,
  roomOf,
  type Stream,
  senderOf,
  spotsOf,
  streamsOf,
  timeBefore,
  without,
  withRecords,
} from './edits.ts'
import type { TestHistory } from './test-history.ts'

/** Deliveries whose loss nothing else can explain. */
function acknowledgedDeliveries(history: TestHistory): Delivery[] {
  const acked = acknowledged(history)
  return spotsOf(history, 'delivered').filter(({ record }) => acked.has(record[5]))
}

/** Two deliveries in a row of one client in one room, both of acknowledged messages. */
function neighbours(history: TestHistory): [Delivery, Delivery][] {
  const acked = acknowledged(history)
  return streamsOf(history).flatMap(({ deliveries }) =>
    deliveries.flatMap((second, index) => {
      const first = deliveries[index - 1]
      if (first === undefined || !acked.has(first.record[5]) || !acked.has(second.record[5])) return []
      // Damaged before: what stands twice, or at one place, cannot be told from its neighbour.
      if (first.record[5] === second.record[5] || isSamePlace(first.record, second.record)) return []
      return [[first, second] as [Delivery, Delivery]]
    }),
  )
}

function isSamePlace(a: DeliveredRecord, b: DeliveredRecord): boolean {
  return a[3] === b[3] && a[4] === b[4]
}

function withNumber(record: DeliveredRecord, number: number): DeliveredRecord {
  return record.with(5, number) as unknown as DeliveredRecord
}

/** The same, when the client is told before that record of its worker. */
function deliveredThen(history: TestHistory, { worker, record }: Delivery, index: number): DeliveredRecord {
  return record.with(6, timeBefore(history, worker, index)) as unknown as DeliveredRecord
}

/** What was delivered at the place and time of another delivery. */
function withContent(record: DeliveredRecord, of: DeliveredRecord): DeliveredRecord {
  const [kind, client, room, , , , atMs] = record
  return [kind, client, room, of[3], of[4], of[5], atMs]
}

function cut(part: (stream: Stream, dice: Dice) => readonly Delivery[]): Damage['apply'] {
  return (history, dice) => {
    const acked = acknowledged(history)
    const stream = choose(streamsOf(history), dice)
    const gone = stream === null ? [] : part(stream, dice)
    return gone.some(({ record }) => acked.has(record[5])) ? without(history, gone) : null
  }
}

export const DAMAGES_OF_STREAMS = [
  {
    name: 'drop-delivery',
    raises: 'lost',
    apply: (history, dice) => {
      const victim = choose(acknowledgedDeliveries(history), dice)
      return victim && replaced(history, victim)
    },
  },
  {
    name: 'repeat-delivery',
    raises: 'duplicated',
    apply: (history, dice) => {
      const victim = choose(acknowledgedDeliveries(history), dice)
      if (victim === null) return null
      const moments = momentsAfter(history, victim)
      const index = dice.chance(0.5) ? moments[0]! : dice.pick(moments)
      return inserted(history, victim.worker, index, deliveredThen(history, victim, index))
    },
  },
  {
    name: 'swap-deliveries',
    raises: 'diverged',
    apply: (history, dice) => {
      const pair = choose(neighbours(history), dice)
      if (pair === null) return null
      const [{ worker, index, record: first }, { index: other, record: second }] = pair
      return withRecords(history, worker, records =>
        records.with(index, withContent(first, second)).with(other, withContent(second, first)),
      )
    },
  },
  {
    name: 'swap-of-one-sender',
    raises: 'reordered',
    apply: (history, dice) => {
      const acked = acknowledged(history)
      const said = streamsOf(history).flatMap(({ deliveries }) => [
        ...Map.groupBy(
          deliveries.filter(({ record }) => acked.has(record[5])),
          ({ record }) => senderOf(history, record[5]),
        ).values(),
      ])
      const several = choose(
        said.filter(({ length }) => length > 1),
        dice,
      )
      if (several === null) return null
      const at = dice.between(1, several.length - 1)
      const [first, second] = [several[at - 1]!, several[at]!]
      if (first.record[5] === second.record[5]) return null
      return withRecords(history, first.worker, records =>
        records
          .with(first.index, withContent(first.record, second.record))
          .with(second.index, withContent(second.record, first.record)),
      )
    },
  },
  {
    name: 'move-delivery',
    raises: 'diverged',
    apply: (history, dice) => {
      const pair = choose(neighbours(history), dice)
      if (pair === null) return null
      const [first, second] = pair
      const target = dice.pick(momentsAfter(history, second))
      const late = deliveredThen(history, first, target)
      return withRecords(history, first.worker, records => records.toSpliced(target, 0, late).toSpliced(first.index, 1))
    },
  },
  {
    name: 'exchange-places',
    raises: 'diverged',
    apply: (history, dice) => {
      const pair = choose(neighbours(history), dice)
      if (pair === null) return null
      const [{ worker, index, record: first }, { index: other, record: second }] = pair
      return withRecords(history, worker, records =>
        records.with(index, withNumber(first, second[5])).with(other, withNumber(second, first[5])),
      )
    },
  },
  {
    name: 'change-number',
    raises: 'lost',
    apply: (history, dice) => {
      const victim = choose(acknowledgedDeliveries(history), dice)
      if (victim === null) return null
      const [, , room, , , number] = victim.record
      const others = [...Array(messagesOf(history)).keys()].filter(
        other => other !== number && roomOf(history, other) === room,
      )
      const other = choose(others, dice)
      return other === null ? null : replaced(history, victim, withNumber(victim.record, other))
    },
  },
  {
    name: 'wrong-room',
    raises: 'phantom',
    apply: (history, dice) => {
      const victim = choose(acknowledgedDeliveries(history), dice)
      if (victim === null) return null
      const others = [...Array(messagesOf(history)).keys()].filter(other => roomOf(history, other) !== victim.record[2])
      const other = choose(others, dice)
      return other === null ? null : replaced(history, victim, withNumber(victim.record, other))
    },
  },
  {
    name: 'changed-text',
    raises: 'phantom',
    apply: (history, dice) => {
      const victim = choose(acknowledgedDeliveries(history), dice)
      if (victim === null) return null
      const [, client, room, epoch, seq, , atMs] = victim.record
      const why = dice.pick(['not-sent', 'wrong-room', 'wrong-sender', 'changed'] as const)
      const phantom = ['phantom', client, room, epoch, seq, 'x/1', 'who said this', why, atMs] as const
      return replaced(history, victim, phantom, withNumber(victim.record, -1))
    },
  },
  {
    name: 'foreign-message',
    raises: 'phantom',
    apply: (history, dice) => {
      const before = choose(spotsOf(history, 'delivered'), dice)
      if (before === null) return null
      const { worker, index } = before
      const [, client, room, epoch, at, , atMs] = before.record
      const seq = at + dice.between(0, 2)
      const phantom = ['phantom', client, room, epoch, seq, 'x/1', 'who said this', 'not-sent', atMs] as const
      return inserted(history, worker, index + 1, phantom, ['delivered', client, room, epoch, seq, -1, atMs])
    },
  },
  { name: 'cut-prefix', raises: 'lost', apply: cut(({ deliveries }, dice) => deliveries.slice(0, dice.between(1, 4))) },
  { name: 'cut-end', raises: 'lost', apply: cut(({ deliveries }, dice) => deliveries.slice(-dice.between(1, 4))) },
  { name: 'cut-whole', raises: 'lost', apply: cut(({ deliveries }) => deliveries) },
  {
    name: 'lost-after-reconnect',
    raises: 'lost',
    apply: (history, dice) => {
      const acked = acknowledged(history)
      const resumed = spotsOf(history, 'joined').filter(({ worker, index, record }) =>
        spotsOf(history, 'joined').some(
          earlier =>
            earlier.worker === worker &&
            earlier.index < index &&
            earlier.record[1] === record[1] &&
            earlier.record[2] === record[2],
        ),
      )
      const count = dice.between(1, 3)
      const losses = resumed.map(({ worker, index, record: [, client, room] }) =>
        (streamsOf(history).find(stream => stream.client === client && stream.room === room)?.deliveries ?? [])
          .filter(delivery => delivery.worker === worker && delivery.index > index)
          .slice(0, count),
      )
      const gone = choose(
        losses.filter(deliveries => deliveries.some(({ record }) => acked.has(record[5]))),
        dice,
      )
      return gone && without(history, gone)
    },
  },
  {
    name: 'strange-epoch',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'delivered'), dice)
      if (victim === null) return null
      return replaced(history, victim, victim.record.with(3, dice.pick(['b', 'z'])) as unknown as DeliveredRecord)
    },
  },
  {
    name: 'shifted-place',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'delivered'), dice)
      if (victim === null) return null
      const shift = victim.record[4] > 2 ? dice.pick([-2, -1, 1, 2, 3]) : dice.between(1, 3)
      const seq = victim.record[4] + shift
      return replaced(history, victim, victim.record.with(4, seq) as unknown as DeliveredRecord)
    },
  },
] as const satisfies readonly Damage[]
