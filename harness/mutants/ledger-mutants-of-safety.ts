/** Mutants whose service is not safe: something is lost, repeated, out of order, told differently, or was never said. */

import type { LedgerLine } from '../ledger/ledger-records.ts'
import type { LedgerMutant } from './ledger-mutants.ts'
import {
  changeDelivery,
  changeLog,
  type DeliveryLine,
  deliveriesTo,
  dropLines,
  is,
  isOfRollCall,
  replaceOne,
  senderOf,
  unfold,
} from './ledger-mutants-lines.ts'
import { PLAN, type SavedRun, VICTIM } from './ledger-mutants-run.ts'

const ROOM = PLAN.clients[VICTIM]!.rooms[0]!
/** The delivery that is damaged, somewhere in the middle of the load. */
const MIDDLE = 100

function victimsDelivery(saved: SavedRun, index = MIDDLE): DeliveryLine {
  return deliveriesTo(saved, VICTIM)[index]!
}

/** Damages deliveries of the victim, each on a line of its own. */
function onDeliveries(damage: (saved: SavedRun) => SavedRun): LedgerMutant['damage'] {
  return saved => damage(unfold(saved))
}

function dropDeliveries(part: (deliveries: DeliveryLine[], saved: SavedRun) => DeliveryLine[]): LedgerMutant['damage'] {
  return onDeliveries(saved => {
    const gone = new Set<LedgerLine>(part(deliveriesTo(saved, VICTIM), saved))
    return dropLines(saved, line => gone.has(line))
  })
}

function asDelivered(line: DeliveryLine, what: { seq?: number; number?: number }): DeliveryLine {
  const [kind, client, room, epoch, seq, number, atMs] = line
  return [kind, client, room, epoch, what.seq ?? seq, what.number ?? number, atMs]
}

/** Puts a changed text, or one from elsewhere, where a message was, as the load writes it down. */
function phantomInstead(why: 'changed' | 'wrong-room' | 'wrong-sender'): LedgerMutant['damage'] {
  return onDeliveries(saved =>
    changeDelivery(saved, victimsDelivery(saved), line => {
      const [, client, room, epoch, seq, , atMs] = line
      return [
        ['phantom', client, room, epoch, seq, 'x.1/1', 'who said this', why, atMs],
        asDelivered(line, { number: -1 }),
      ]
    }),
  )
}

/** What came after the victim's second join, the one after the kill. */
function afterResume(deliveries: DeliveryLine[], saved: SavedRun): DeliveryLine[] {
  const lines = saved.workers.flat()
  const joins = lines.filter(line => is(line, 'joined') && line[1] === VICTIM)
  return deliveries.filter(line => lines.indexOf(line) > lines.indexOf(joins[1]!))
}

const mendHole = onDeliveries(saved =>
  changeDelivery(saved, victimsDelivery(saved), line => {
    const [, client, room, epoch, seq, , atMs] = line
    return [['hole', client, room, epoch, seq - 1, epoch, seq + 1, atMs], line]
  }),
)

function refuseOne(saved: SavedRun): SavedRun {
  return replaceOne(
    saved,
    line => is(line, 'acked'),
    line => [['rejected', line[1] as number, 'unavailable']],
  )
}

function exchangeEntries(saved: SavedRun): SavedRun {
  return changeLog(saved, ROOM, log => {
    const [a, b] = [log.entries[MIDDLE]!, log.entries[MIDDLE + 1]!]
    const entries = log.entries.with(MIDDLE, { ...a, number: b.number }).with(MIDDLE + 1, { ...b, number: a.number })
    return { ...log, entries }
  })
}

function exchangePlaces(saved: SavedRun, first: DeliveryLine, second: DeliveryLine): SavedRun {
  const [a, b] = [asDelivered(first, { number: second[5] }), asDelivered(second, { number: first[5] })]
  return changeDelivery(
    changeDelivery(saved, first, () => [a]),
    second,
    () => [b],
  )
}

/** The delivery in the middle, and the next one of the same sender. */
function nextOfSameSender(saved: SavedRun): [DeliveryLine, DeliveryLine] {
  const first = victimsDelivery(saved)
  const later = deliveriesTo(saved, VICTIM).slice(MIDDLE + 1)
  return [first, later.find(line => senderOf(line[5]) === senderOf(first[5]))!]
}

export const MUTANTS_OF_SAFETY: readonly LedgerMutant[] = [
  {
    name: 'drop-one-delivery',
    about: 'One client misses one message in the middle of the load.',
    expect: { measure: 'lost' },
    damage: dropDeliveries(deliveries => deliveries.slice(MIDDLE, MIDDLE + 1)),
  },
  {
    name: 'resume-without-prefix',
    about: 'A resume says that it is complete, and leaves out the first messages that it owes.',
    expect: { measure: 'lost' },
    damage: dropDeliveries((deliveries, saved) => afterResume(deliveries, saved).slice(0, 3)),
  },
  {
    name: 'nothing-after-resume',
    about: 'A client that comes back gets nothing any more.',
    expect: { measure: 'lost' },
    damage: dropDeliveries(afterResume),
  },
  {
    name: 'last-delivery-missing',
    about: 'The last message of all does not reach one client: nothing comes after it that would show the hole.',
    expect: { measure: 'lost' },
    damage: dropDeliveries(deliveries => deliveries.slice(-1)),
  },
  {
    name: 'nothing-delivered-to-one',
    about: 'A joined client gets nothing at all.',
    expect: { measure: 'lost' },
    damage: dropDeliveries(deliveries => deliveries),
  },
  {
    name: 'mended-hole',
    about: 'The service leaves one message out; the client sees the hole and fetches it.',
    expect: { measure: 'lost' },
    damage: mendHole,
  },
  {
    name: 'mended-hole-as-a-hole',
    about: 'The same, told by the clients’ own count, too.',
    expect: { measure: 'holes' },
    damage: mendHole,
  },
  {
    name: 'acked-not-in-log',
    about: 'An acknowledged message is not in the log.',
    expect: { measure: 'lost' },
    damage: saved => changeLog(saved, ROOM, log => ({ ...log, entries: log.entries.toSpliced(MIDDLE, 1) })),
  },
  {
    name: 'gap-after-healing',
    about: 'A gap is declared for a message of the roll call, when nothing excuses it any more.',
    expect: { measure: 'lost' },
    damage: onDeliveries(saved => {
      const victim = deliveriesTo(saved, VICTIM).find(line => isOfRollCall(line[5]))!
      return changeDelivery(saved, victim, ([, client, room, epoch, seq, , atMs]) => [
        ['gap', client, room, epoch, seq - 1, epoch, seq + 1, atMs],
      ])
    }),
  },
  {
    name: 'gap-that-lies',
    about: 'The service declares gone, before healing, what its log has.',
    expect: { measure: 'declaredGaps' },
    damage: onDeliveries(saved =>
      changeDelivery(saved, victimsDelivery(saved), ([, client, room, epoch, seq, , atMs]) => [
        ['gap', client, room, epoch, seq - 1, epoch, seq + 1, atMs],
      ]),
    ),
  },
  {
    name: 'repeat-one-delivery',
    about: 'One message comes twice to one client.',
    expect: { measure: 'duplicated' },
    damage: onDeliveries(saved => changeDelivery(saved, victimsDelivery(saved), line => [line, line])),
  },
  {
    name: 'repeat-on-resume',
    about: 'A resume repeats what the client had before.',
    expect: { measure: 'duplicated' },
    damage: onDeliveries(saved => {
      const [first] = afterResume(deliveriesTo(saved, VICTIM), saved)
      return changeDelivery(saved, first!, line => [...deliveriesTo(saved, VICTIM).slice(0, 5), line])
    }),
  },
  {
    name: 'swap-two-of-one-sender',
    about: 'One client gets two messages of one sender in the wrong order.',
    expect: { measure: 'reordered' },
    damage: onDeliveries(saved => exchangePlaces(saved, ...nextOfSameSender(saved))),
  },
  {
    name: 'swap-two-of-two-senders',
    about: 'One client gets two messages in another order than the room.',
    expect: { measure: 'diverged' },
    damage: onDeliveries(saved => {
      const [first, second] = [victimsDelivery(saved), victimsDelivery(saved, MIDDLE + 1)]
      return changeDelivery(
        changeDelivery(saved, first, () => []),
        second,
        () => [second, first],
      )
    }),
  },
  {
    name: 'one-place-two-messages',
    about: 'Two clients are told of different messages at one place.',
    expect: { measure: 'diverged' },
    damage: onDeliveries(saved => exchangePlaces(saved, victimsDelivery(saved), victimsDelivery(saved, MIDDLE + 1))),
  },
  {
    name: 'log-in-another-order',
    about: 'The log has two messages in another order than everybody was told.',
    expect: { measure: 'diverged' },
    damage: exchangeEntries,
  },
  {
    name: 'acked-at-another-place',
    about: 'A sender is told the place of somebody else’s message.',
    expect: { measure: 'diverged' },
    damage: saved =>
      replaceOne(
        saved,
        line => is(line, 'acked') && line[4] === MIDDLE,
        line => [line.with(4, MIDDLE + 1) as unknown as LedgerLine],
      ),
  },
  {
    name: 'wrong-room',
    about: 'One client gets a message of a room that it is not in.',
    expect: { measure: 'phantom' },
    damage: phantomInstead('wrong-room'),
  },
  {
    name: 'changed-text',
    about: 'One client gets a message with another text than was sent.',
    expect: { measure: 'phantom' },
    damage: phantomInstead('changed'),
  },
  {
    name: 'wrong-sender',
    about: 'One client is told that somebody else has sent a message.',
    expect: { measure: 'phantom' },
    damage: phantomInstead('wrong-sender'),
  },
  {
    name: 'rejected-yet-delivered',
    about: 'A message is refused for certain, and everybody gets it.',
    expect: { measure: 'phantom' },
    damage: refuseOne,
  },
  {
    name: 'rejected-as-a-refusal',
    about: 'The same, told by the count of refusals, too.',
    expect: { measure: 'rejected' },
    damage: refuseOne,
  },
  {
    name: 'foreign-entry-in-log',
    about: 'The log has an entry that nobody sent.',
    expect: { measure: 'phantom' },
    damage: saved =>
      changeLog(saved, ROOM, log => {
        const { epoch, seq } = log.top
        return { ...log, top: { epoch, seq: seq + 1 }, entries: [...log.entries, { epoch, seq: seq + 1, number: -1 }] }
      }),
  },
]
