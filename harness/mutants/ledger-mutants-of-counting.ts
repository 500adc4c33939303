/** Mutants whose service miscounts, storms, or cuts off without a word. */

import type { LedgerMutant } from './ledger-mutants.ts'
import { is, isOfClient, mapLines, replaceOne } from './ledger-mutants-lines.ts'
import { VICTIM } from './ledger-mutants-run.ts'

/** More than come back in any second of the honest run. */
const STORM_RECONNECTS = 20
const KILL = 0

export const MUTANTS_OF_COUNTING: readonly LedgerMutant[] = [
  {
    name: 'ghosts-in-the-counter',
    about: 'At the end everybody is told of a client more than there is.',
    expect: { measure: 'counterWrong' },
    damage: saved =>
      mapLines(saved, line => {
        if (!is(line, 'count')) return [line]
        const [kind, room, told, atMs, ranges] = line
        return [[kind, room, told.map(number => number + 1), atMs, ranges]]
      }),
  },
  {
    name: 'nobody-is-told',
    about: 'Nobody is told how many there are.',
    expect: { measure: 'counterWrong' },
    damage: saved => mapLines(saved, line => (is(line, 'count') ? [] : [line])),
  },
  {
    name: 'counts-not-written',
    about: 'The load wrote no counts down.',
    expect: { invalid: 'nobody wrote down how many clients were told' },
    damage: saved => mapLines(saved, line => (is(line, 'counted-until') ? [] : [line])),
  },
  {
    name: 'storm',
    about: 'A client is let in and cut off again and again within a second.',
    expect: { measure: 'reconnectsPerSecondMax' },
    damage: saved =>
      replaceOne(
        saved,
        line => isOfClient(line, 'end', VICTIM),
        line => [
          ...Array.from({ length: STORM_RECONNECTS }, (_, turn) => {
            const atMs = saved.run.zeroAtMs! + saved.run.rollCallAtMs! + 2_000 + turn
            return [['closed', VICTIM, 1006, 0, atMs] as const, ['opened', VICTIM, 0, atMs + 0.5] as const]
          }).flat(),
          line,
        ],
      ),
  },
  {
    name: 'turned-away',
    about: 'A client could not connect at its first try.',
    expect: { measure: 'connectsFailed' },
    damage: saved =>
      replaceOne(
        saved,
        line => isOfClient(line, 'opened', VICTIM),
        line => [['connect-failed', VICTIM, -1, 'no answer within 3 s', (line.at(-1) as number) - 0.5], line],
      ),
  },
  {
    name: 'slow-reader-without-a-code',
    about: 'Clients that were held back were cut off without the code for slow readers.',
    expect: { measure: 'slowReadersWithoutCode' },
    damage: ({ run, ...saved }) => ({
      ...saved,
      run: { ...run, faults: run.faults.with(KILL, { ...run.faults[KILL]!, kind: 'slow-readers' }) },
    }),
  },
]
