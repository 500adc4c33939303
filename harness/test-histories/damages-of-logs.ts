/** Test support: damages of logs, acknowledgements and hand-overs. */

import type { RawRecord } from '../naive-checker/raw-record.ts'
import { choose, type Damage } from './damage.ts'
import type { Dice } from './dice.ts'
import { acknowledged, logsOf, messagesOf, replaced, roomOf, spotsOf, withLog } from './edits.ts'
import type { TestHistory } from './test-history.ts'

interface LoggedAck {
  readonly room: number
  readonly index: number
}

/** Entries of acknowledged messages, in rooms that they belong to. */
function loggedAcks(history: TestHistory): LoggedAck[] {
  const acked = acknowledged(history)
  return logsOf(history).flatMap(({ room, log }) =>
    log.entries.flatMap(({ number }, index) =>
      acked.has(number) && roomOf(history, number) === room ? [{ room, index }] : [],
    ),
  )
}

function withEntryNumber(history: TestHistory, { room, index }: LoggedAck, number: number): TestHistory {
  return withLog(history, room, log => ({
    ...log,
    entries: log.entries.with(index, { ...log.entries[index]!, number }),
  }))
}

function numberAt({ run }: TestHistory, { room, index }: LoggedAck): number {
  return run.logs[room]!.entries[index]!.number
}

/** Of one room. */
function twoLoggedAcks(history: TestHistory, dice: Dice): [LoggedAck, LoggedAck] | null {
  const first = choose(loggedAcks(history), dice)
  if (first === null) return null
  const others = loggedAcks(history).filter(
    other => other.room === first.room && numberAt(history, other) !== numberAt(history, first),
  )
  const second = choose(others, dice)
  return second && [first, second]
}

export const DAMAGES_OF_LOGS = [
  {
    name: 'acked-not-in-log',
    raises: 'lost',
    apply: (history, dice) => {
      const told = new Set(spotsOf(history, 'gap').map(({ record }) => record[2]))
      const victim = choose(
        loggedAcks(history).filter(({ room }) => !told.has(room)),
        dice,
      )
      if (victim === null) return null
      const number = numberAt(history, victim)
      return withLog(history, victim.room, log => ({
        ...log,
        entries: log.entries.filter(entry => entry.number !== number),
      }))
    },
  },
  {
    name: 'log-order-changed',
    raises: 'diverged',
    apply: (history, dice) => {
      const pair = twoLoggedAcks(history, dice)
      if (pair === null) return null
      const [first, second] = pair
      const [a, b] = [numberAt(history, first), numberAt(history, second)]
      return withEntryNumber(withEntryNumber(history, first, b), second, a)
    },
  },
  {
    name: 'foreign-entry-in-log',
    raises: 'phantom',
    apply: (history, dice) => {
      const victim = choose(loggedAcks(history), dice)
      if (victim === null) return null
      const foreign: number[] = [...Array(messagesOf(history)).keys()].filter(
        number => roomOf(history, number) !== victim.room,
      )
      return withEntryNumber(history, victim, dice.pick([-1, messagesOf(history) + 3, ...foreign]))
    },
  },
  {
    name: 'two-entries-at-one-place',
    raises: 'diverged',
    apply: (history, dice) => {
      const pair = twoLoggedAcks(history, dice)
      if (pair === null) return null
      const [{ room, index }, second] = pair
      return withLog(history, room, log => ({
        ...log,
        entries: log.entries.toSpliced(index + 1, 0, { ...log.entries[index]!, number: numberAt(history, second) }),
      }))
    },
  },
  {
    name: 'acked-elsewhere',
    raises: 'diverged',
    apply: (history, dice) => {
      const acks = spotsOf(history, 'acked')
      const victim = choose(acks, dice)
      if (victim === null) return null
      const [, number, , epoch, seq] = victim.record
      const others = acks.filter(({ record }) => {
        const isSameRoom = roomOf(history, record[1]) === roomOf(history, number)
        return isSameRoom && record[3] === epoch && record[4] !== seq && record[1] !== number
      })
      const other = choose(others, dice)
      return other && replaced(history, victim, victim.record.with(4, other.record[4]) as unknown as RawRecord)
    },
  },
  {
    name: 'rejected-yet-there',
    raises: 'phantom',
    apply: (history, dice) => {
      const seen = new Set(
        spotsOf(history, 'delivered').flatMap(({ record }) =>
          record[5] >= 0 && roomOf(history, record[5]) === record[2] ? [record[5]] : [],
        ),
      )
      const victim = choose(
        spotsOf(history, 'acked').filter(({ record }) => seen.has(record[1])),
        dice,
      )
      return victim && replaced(history, victim, ['rejected', victim.record[1], 'unavailable'])
    },
  },
  {
    name: 'ack-missing',
    raises: 'unknown',
    apply: (history, dice) => {
      const acked = acknowledged(history)
      const victim = choose(
        spotsOf(history, 'acked').filter(({ record }) => acked.has(record[1])),
        dice,
      )
      return victim && replaced(history, victim)
    },
  },
  {
    name: 'roll-call-ack-missing',
    raises: 'stranded',
    apply: (history, dice) => {
      const left = new Set(spotsOf(history, 'left').map(({ record: [, client, room] }) => `${client} ${room}`))
      const { messages, rollCall } = history.plan
      const victim = choose(
        spotsOf(history, 'acked').filter(({ record: [, number] }) => {
          const index = number - messages.atMs.length
          return index >= 0 && !left.has(`${rollCall.client[index]} ${rollCall.room[index]}`)
        }),
        dice,
      )
      if (victim === null) return null
      const number = victim.record[1]
      const instead: RawRecord[] = dice.pick([[], [['unknown', number]]])
      return replaced(history, victim, ...instead)
    },
  },
  {
    name: 'handed-over-later',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'sent'), dice)
      if (victim === null) return null
      const [kind, number, instance, atMs] = victim.record
      return replaced(history, victim, [kind, number, instance, atMs + dice.between(1, 1_500)])
    },
  },
  {
    name: 'handed-over-at-the-answer',
    raises: null,
    apply: (history, dice) => {
      const victim = choose(spotsOf(history, 'sent'), dice)
      if (victim === null) return null
      const [kind, number, instance] = victim.record
      const answers = [...spotsOf(history, 'joined'), ...spotsOf(history, 'left')]
      const answer = choose(
        answers.filter(({ record }) => record[2] === roomOf(history, number)),
        dice,
      )
      return answer && replaced(history, victim, [kind, number, instance, answer.record.at(-1) as number])
    },
  },
  {
    name: 'log-begins-later',
    raises: null,
    apply: (history, dice) => {
      const logs = logsOf(history).filter(({ log }) => log.entries.length > 0)
      const read = choose(logs, dice)
      if (read === null) return null
      const count = dice.between(1, read.log.entries.length)
      return withLog(history, read.room, log => {
        const entries = log.entries.slice(count)
        return { ...log, firstSeq: entries[0]?.seq ?? log.top.seq + 1, entries }
      })
    },
  },
  {
    name: 'log-not-read',
    raises: null,
    apply: (history, dice) => {
      const room = dice.between(0, history.run.logs.length - 1)
      return { ...history, run: { ...history.run, logs: history.run.logs.with(room, null) } }
    },
  },
] as const satisfies readonly Damage[]
