/** Mutants whose service is safe, but leaves clients behind, or is slow, refuses, or does not end as it should. */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import type { LedgerMutant } from './ledger-mutants.ts'
import {
  deliveriesTo,
  dropLines,
  is,
  isOfClient,
  isOfRollCall,
  mapLines,
  replaceOne,
  senderOf,
  slowDown,
  unfold,
} from './ledger-mutants-lines.ts'
import { PLAN, type SavedRun, VICTIM } from './ledger-mutants-run.ts'

const KILL = 0
const STOP = 1

function changeFault(index: number, change: Partial<FaultRecord>): LedgerMutant['damage'] {
  return ({ run, ...saved }) => ({
    ...saved,
    run: { ...run, faults: run.faults.with(index, { ...run.faults[index]!, ...change }) },
  })
}

/** The room that the client is in, as its `end-of-room` has it. */
function changeEndOfRoom(saved: SavedRun, index: number, change: (value: number) => number): SavedRun {
  return replaceOne(
    saved,
    line => isOfClient(line, 'end-of-room', VICTIM),
    line => [line.with(index, change(line[index] as number)) as unknown as LedgerLine],
  )
}

function withTally(duplicatedOnWire: number, late: number): LedgerMutant['damage'] {
  return saved => ({
    ...saved,
    workers: saved.workers.with(0, [
      ...saved.workers[0]!,
      ['tally', VICTIM, PLAN.clients[VICTIM]!.rooms[0]!, duplicatedOnWire, late],
    ]),
  })
}

/** The victim hears nobody of another instance when the roll is called. */
function deafen(saved: SavedRun): SavedRun {
  const unfolded = unfold(saved)
  const home = PLAN.clients[VICTIM]!.instance
  const gone = new Set<LedgerLine>(
    deliveriesTo(unfolded, VICTIM).filter(
      ([, , , , , number]) => isOfRollCall(number) && PLAN.clients[senderOf(number)]!.instance !== home,
    ),
  )
  return dropLines(unfolded, line => gone.has(line))
}

export const MUTANTS_OF_SERVICE: readonly LedgerMutant[] = [
  {
    name: 'gone-at-the-end',
    about: 'A client has lost its last connection, and has no other.',
    expect: { measure: 'stranded' },
    damage: saved =>
      changeEndOfRoom(
        replaceOne(
          saved,
          line => isOfClient(line, 'end', VICTIM),
          () => [
            ['closed', VICTIM, 1006, 0, saved.run.zeroAtMs! + saved.run.rollCallAtMs! + 1_900],
            ['end', VICTIM, 0],
          ],
        ),
        5,
        () => 0,
      ),
  },
  {
    name: 'not-joined-at-the-end',
    about: 'A client is connected, but its last join was never answered.',
    expect: { measure: 'stranded' },
    damage: saved => changeEndOfRoom(saved, 5, () => 0),
  },
  {
    name: 'behind-at-the-end',
    about: 'A client has not reached the top of its room’s log.',
    expect: { measure: 'stranded' },
    damage: saved => changeEndOfRoom(saved, 4, seq => seq - 1),
  },
  {
    name: 'mute',
    about: 'A client’s message of the roll call is not acknowledged.',
    expect: { measure: 'stranded' },
    damage: saved =>
      replaceOne(
        saved,
        line => is(line, 'acked') && isOfRollCall(line[1]) && senderOf(line[1]) === VICTIM,
        line => [['unknown', line[1] as number]],
      ),
  },
  {
    name: 'deaf',
    about: 'A client gets nothing of what is said on other instances at the roll call.',
    expect: { measure: 'stranded' },
    damage: deafen,
  },
  {
    name: 'duplicates-on-the-wire',
    about: 'A client has to drop what it has already.',
    expect: { measure: 'duplicatedOnWire' },
    damage: withTally(2, 0),
  },
  {
    name: 'late-delivery',
    about: 'A delivery comes after the deadline.',
    expect: { measure: 'late' },
    damage: withTally(0, 1),
  },
  {
    name: 'ack-missing',
    about: 'A message of the load is in the log, but its sender is never told.',
    expect: { measure: 'unknown' },
    damage: saved =>
      replaceOne(
        saved,
        line => is(line, 'acked'),
        () => [],
      ),
  },
  {
    name: 'drain-with-exit-code-1',
    about: 'A stopped instance exits with 1.',
    expect: { measure: 'uncleanDrains' },
    damage: changeFault(STOP, { exit: { code: 1, signal: null, afterMs: 600 } }),
  },
  {
    name: 'drain-ended-by-a-signal',
    about: 'A stopped instance has to be killed.',
    expect: { measure: 'uncleanDrains' },
    damage: changeFault(STOP, { exit: { code: null, signal: 'SIGKILL', afterMs: 600 } }),
  },
  {
    name: 'drain-after-the-deadline',
    about: 'A stopped instance takes more than 20 s.',
    expect: { measure: 'uncleanDrains' },
    damage: changeFault(STOP, { exit: { code: 0, signal: null, afterMs: 20_500 } }),
  },
  {
    name: 'drain-without-close-codes',
    about: 'A stopped instance cuts its connections without a word.',
    expect: { measure: 'uncleanDrains' },
    damage: saved =>
      replaceOne(
        saved,
        line => is(line, 'closed') && line[2] === 1012,
        line => [line.with(2, 1006) as unknown as LedgerLine],
      ),
  },
  {
    name: 'slow-across',
    about: 'Before anything happens, messages take two seconds from one instance to another.',
    expect: { measure: 'crossInstanceP99Ms' },
    damage: saved => slowDown(saved, 'cross', slice => slice * 1000 < PLAN.faults[KILL]!.atMs - 1000),
  },
  {
    name: 'slow-acks',
    about: 'Acknowledgements take two seconds.',
    expect: { measure: 'ackP90Ms' },
    damage: saved => slowDown(saved, 'ack', () => true),
  },
  {
    name: 'slow-detection',
    about: 'Clients notice only after 0.4 s that their instance is dead.',
    expect: { measure: 'detectSeconds' },
    damage: saved =>
      mapLines(saved, line =>
        is(line, 'closed') && isAfterKill(saved, line) && !isAfterStop(saved, line)
          ? [line.with(-1, (line.at(-1) as number) + 400) as unknown as LedgerLine]
          : [line],
      ),
  },
  {
    name: 'nothing-across-after-the-kill',
    about: 'Clients that lost their instance hear nothing of the others any more until the end.',
    expect: { measure: 'firstCrossSeconds' },
    damage: saved => dropLines(saved, line => is(line, 'first-cross') && isAfterKill(saved, line)),
  },
  {
    name: 'slow-reconnect',
    about: 'A client that lost its instance needs four seconds to join again.',
    expect: { measure: 'reconnectSeconds' },
    damage: saved =>
      replaceOne(
        saved,
        line => isOfClient(line, 'joined', VICTIM) && isAfterKill(saved, line),
        line => [line.with(-1, (line.at(-1) as number) + 4_000) as unknown as LedgerLine],
      ),
  },
  {
    name: 'never-steady-again',
    about: 'After the kill, messages stay slow until the load ends.',
    expect: { measure: 'steadyAgainSeconds' },
    damage: saved => slowDown(saved, 'cross', slice => slice * 1000 >= saved.run.faults[KILL]!.firedAtMs!),
  },
]

function isAfterKill({ run }: SavedRun, line: LedgerLine): boolean {
  return (line.at(-1) as number) > run.zeroAtMs! + run.faults[KILL]!.firedAtMs!
}

function isAfterStop({ run }: SavedRun, line: LedgerLine): boolean {
  return (line.at(-1) as number) > run.zeroAtMs! + run.faults[STOP]!.firedAtMs!
}
