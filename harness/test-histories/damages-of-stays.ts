/** Test support: damages of joins, gaps, holes and ends. */

import type { RawRecord } from '../naive-checker/raw-record.ts'
import { choose, type Damage } from './damage.ts'
import {
  acknowledged,
  type Delivery,
  endOf,
  handedAfterHealing,
  inserted,
  replaced,
  type Spot,
  type SpotOf,
  spotsOf,
  streamsOf,
  timeBefore,
  without,
} from './edits.ts'
import type { TestHistory } from './test-history.ts'

/** Of memberships that nobody has left, so that the roll call has something to say of them. */
function lasting(history: TestHistory): SpotOf<'end-of-room'>[] {
  if (history.run.rollCallAtMs === null) return []
  const left = new Set(spotsOf(history, 'left').map(({ record: [, client, room] }) => `${client} ${room}`))
  return spotsOf(history, 'end-of-room').filter(
    ({ record: [, client, room, , , isJoined] }) => isJoined === 1 && !left.has(`${client} ${room}`),
  )
}

/** Up to three deliveries in a row of one epoch, all of them fitting. */
function stretches(history: TestHistory, isFitting: (number: number) => boolean, length: number): Delivery[][] {
  return streamsOf(history).flatMap(({ deliveries }) =>
    deliveries.flatMap((first, index) => {
      const stretch = deliveries.slice(index, index + length)
      const isInARow = stretch.every(
        ({ record }, step) => record[3] === first.record[3] && record[4] === first.record[4] + step,
      )
      return isInARow && stretch.every(({ record }) => isFitting(record[5])) ? [stretch] : []
    }),
  )
}

/** The service says that these are gone, though they are not. */
function gapInsteadOf(history: TestHistory, stretch: readonly Delivery[]): TestHistory {
  const first = stretch[0]!
  const [, client, room, epoch, from, , atMs] = first.record
  const gap: RawRecord = ['gap', client, room, epoch, from - 1, epoch, stretch.at(-1)!.record[4] + 1, atMs]
  // From the last on, so that the places of the others stay what they are.
  return replaced(without(history, stretch.slice(1)), first, gap)
}

function of(client: number, room: number): (spot: Spot) => boolean {
  return ({ record }) => record[1] === client && record[2] === room
}

export const DAMAGES_OF_STAYS = [
  {
    name: 'lying-gap',
    raises: 'declaredGaps',
    apply: (history, dice) => {
      const [acked, late] = [acknowledged(history), handedAfterHealing(history)]
      const fitting = stretches(history, number => acked.has(number) && !late.has(number), dice.between(1, 3))
      const stretch = choose(fitting, dice)
      return stretch && gapInsteadOf(history, stretch)
    },
  },
  {
    name: 'gap-after-healing',
    raises: 'lost',
    apply: (history, dice) => {
      const [acked, late] = [acknowledged(history), handedAfterHealing(history)]
      const fitting = stretches(history, number => acked.has(number) && late.has(number), dice.between(1, 3))
      const stretch = choose(fitting, dice)
      return stretch && gapInsteadOf(history, stretch)
    },
  },
  {
    name: 'idle-gap',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'delivered'), dice)
      if (victim === null) return null
      const [, client, room, epoch, seq, , atMs] = victim.record
      const [after, next] = [Math.max(0, seq - dice.between(1, 3)), seq + dice.between(1, 4)]
      return inserted(history, victim.worker, victim.index, ['gap', client, room, epoch, after, epoch, next, atMs])
    },
  },
  {
    name: 'undeclared-gap',
    raises: null,
    apply: (history, dice) => {
      const gap = choose(spotsOf(history, 'gap'), dice)
      return gap && replaced(history, gap)
    },
  },
  {
    name: 'mended-hole',
    raises: 'holes',
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'delivered'), dice)
      if (victim === null) return null
      const [, client, room, epoch, seq, , atMs] = victim.record
      const hole: RawRecord = ['hole', client, room, epoch, seq - 1, epoch, seq + dice.between(1, 3), atMs]
      return inserted(history, victim.worker, victim.index, ...Array<RawRecord>(dice.between(1, 2)).fill(hole))
    },
  },
  {
    name: 'mended-hole-between-epochs',
    raises: 'holes',
    apply: (history, dice) => {
      const changes = streamsOf(history).flatMap(({ deliveries }) =>
        deliveries.flatMap((next, index) => {
          const before = deliveries[index - 1]
          return before === undefined || before.record[3] === next.record[3] ? [] : [{ before, next }]
        }),
      )
      const change = choose(changes, dice)
      if (change === null) return null
      const { before, next } = change
      const [, client, room, epoch, seq, , atMs] = next.record
      const after = [before.record[3], before.record[4]] as const
      const hole: RawRecord = ['hole', client, room, ...after, epoch, seq + dice.between(0, 2), atMs]
      return inserted(history, next.worker, next.index, hole)
    },
  },
  {
    name: 'join-never-answered',
    raises: 'stranded',
    apply: (history, dice) => {
      const membership = choose(lasting(history), dice)
      if (membership === null) return null
      const isIts = of(membership.record[1], membership.record[2])
      const kinds = ['joined', 'delivered', 'gap', 'end-of-room'] as const
      const told = kinds.flatMap<Spot>(kind => spotsOf(history, kind)).filter(isIts)
      return without(history, told)
    },
  },
  {
    name: 'resume-never-answered',
    raises: null,
    apply: (history, dice) => {
      const join = choose(spotsOf(history, 'joined'), dice)
      return join && replaced(history, join)
    },
  },
  {
    name: 'join-answered-from-further-back',
    raises: null,
    apply: (history, dice) => {
      const join = choose(
        spotsOf(history, 'joined').filter(({ record }) => record[4] > 0),
        dice,
      )
      if (join === null) return null
      const [kind, client, room, epoch, seq, isComplete, atMs] = join.record
      const back = Math.max(0, seq - dice.between(1, 3))
      return replaced(history, join, [kind, client, room, epoch, back, isComplete, atMs])
    },
  },
  {
    name: 'leave-answered-at-another-place',
    raises: null,
    apply: (history, dice) => {
      const leave = choose(spotsOf(history, 'left'), dice)
      if (leave === null) return null
      const [kind, client, room, epoch, seq, atMs] = leave.record
      const other = seq > 1 ? seq + dice.pick([-2, -1, 1, 2]) : seq + dice.between(1, 2)
      return replaced(history, leave, [kind, client, room, epoch, Math.max(0, other), atMs])
    },
  },
  {
    name: 'leave-answered-later',
    raises: null,
    apply: (history, dice) => {
      const leave = choose(spotsOf(history, 'left'), dice)
      if (leave === null) return null
      const { worker, index } = leave
      const [kind, client, room, epoch, seq, atMs] = leave.record
      const records = history.workers[worker]!
      const isNext = (record: RawRecord) =>
        record[1] === client && (record[0] === 'closed' || record[0] === 'end' || record[0] === 'join-asked')
      const next = records.findIndex((record, at) => at > index && isNext(record))
      const target = dice.between(index + 1, next)
      const laterMs = timeBefore(history, worker, target)
      if (laterMs === atMs) return null
      const moved = inserted(history, worker, target, [kind, client, room, epoch, seq, laterMs])
      return replaced(moved, leave)
    },
  },
  {
    name: 'gone-at-the-end',
    raises: 'stranded',
    apply: (history, dice) => {
      const membership = choose(lasting(history), dice)
      if (membership === null) return null
      const client = membership.record[1]
      const ends = spotsOf(history, 'end-of-room').filter(({ record }) => record[1] === client)
      const apart = ends.reduce(
        (before, end) => replaced(before, end, end.record.with(5, 0) as unknown as RawRecord),
        history,
      )
      const end = endOf(apart, client)
      const atMs = history.run.rollCallAtMs! + 1_500
      return replaced(apart, end, ['closed', client, dice.pick([1006, 4008]), 0, atMs], ['end', client, 0])
    },
  },
  {
    name: 'behind-at-the-end',
    raises: 'stranded',
    apply: (history, dice) => {
      const behind = lasting(history).filter(({ record }) => history.run.logs[record[2]] && record[4] > 0)
      const membership = choose(behind, dice)
      if (membership === null) return null
      const [kind, client, room, epoch, seq, isJoined] = membership.record
      return replaced(history, membership, [kind, client, room, epoch, seq - 1, isJoined])
    },
  },
  {
    // Its window covers connections that nothing but chance has closed.
    name: 'slow-readers-held-back',
    raises: null,
    apply: (history, dice) => {
      const { plan, run } = history
      const target = dice.pick([...plan.instances, 'clients'])
      const firedAtMs = dice.between(-200, plan.loadMs - 1)
      const lastsMs = dice.between(100, 1_000)
      const healedAtMs = dice.chance(0.1) ? null : firedAtMs + lastsMs
      const fired = { firedAtMs, effectAtMs: firedAtMs + 1, healedAtMs, status: 'fired' as const }
      const kind = 'slow-readers' as const
      const record = { kind, target, plannedAtMs: firedAtMs, evidence: 'held back', exit: null, ...fired }
      const planned = { kind, target, atMs: firedAtMs, heals: true, lastsMs, settings: {} } as const
      return {
        ...history,
        plan: { ...plan, faults: [...plan.faults, planned] },
        run: { ...run, faults: [...run.faults, record] },
      }
    },
  },
  {
    name: 'closed-with-another-code',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'closed'), dice)
      if (victim === null) return null
      const [kind, client, code, wasAnnounced, atMs] = victim.record
      const other = dice.pick([1005, 1006, 1012, 4409].filter(candidate => candidate !== code))
      return replaced(history, victim, [kind, client, other, wasAnnounced, atMs])
    },
  },
] as const satisfies readonly Damage[]
