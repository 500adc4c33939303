/** The generator of histories without damage: nothing that counts as a violation of safety, and enough going on to be worth judging. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryShape, honestHistory } from './arbitrary-history.ts'
import { countsOf } from './counts-of.ts'
import { rawRecordsOf, type TestHistory } from './test-history.ts'

const HISTORIES = 200
/** Some ten times what a quiet machine takes. */
const MS_MAX = 60_000
const NOTHING = { lost: 0, duplicated: 0, reordered: 0, diverged: 0, phantom: 0, holes: 0 }

/** Always the same ones, so that what is said of how often something happens is either true or not. */
const histories = fc.sample(arbitraryShape, { numRuns: HISTORIES, seed: 1 }).map(honestHistory)

function shareOf(isSo: (history: TestHistory) => boolean): number {
  return histories.filter(isSo).length / histories.length
}

function shareWith(kind: string): number {
  return shareOf(history => rawRecordsOf(history).some(record => record[0] === kind))
}

test(
  'an honest history violates no safety',
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryShape, async shape => {
        expect(await countsOf(honestHistory(shape))).toMatchObject(NOTHING)
      }),
      { numRuns: HISTORIES },
    )
  },
  MS_MAX,
)

test('the same shape gives the same history', () => {
  fc.assert(
    fc.property(arbitraryShape, shape => {
      expect(honestHistory(shape)).toEqual(honestHistory(shape))
    }),
    { numRuns: 50 },
  )
})

test('times never go back within a worker, and what is delivered once is not delivered again', () => {
  for (const { workers } of histories) {
    for (const records of workers) {
      const timed = records.filter(([kind]) => ['sent', 'opened', 'closed', 'joined', 'delivered'].includes(kind))
      const times = timed.map(record => record.at(-1) as number)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      const delivered = records.filter(record => record[0] === 'delivered').map(record => record.slice(1, 6).join(' '))
      expect(new Set(delivered).size).toBe(delivered.length)
    }
  }
})

describe('often enough', () => {
  test.each([
    ['rejected', 0.5],
    ['unknown', 0.3],
    ['closed', 0.8],
    ['first-cross', 0.8],
    ['left', 0.4],
    ['gap', 0.05],
    ['tally', 0.3],
  ])('a history has a record %s', (kind, least) => {
    expect(shareWith(kind)).toBeGreaterThan(least)
    expect(shareWith(kind)).toBeLessThan(1)
  })

  test.each<[string, number, (history: TestHistory) => boolean]>([
    ['a log cannot be read', 0.04, ({ run }) => run.logs.includes(null)],
    ['a log is trimmed', 0.2, ({ run }) => run.logs.some(log => log !== null && log.firstSeq > 1)],
    [
      'a log has several epochs',
      0.2,
      ({ run }) => run.logs.some(log => new Set(log?.entries.map(({ epoch }) => epoch)).size > 1),
    ],
    ['healing failed', 0.1, ({ run }) => run.healedAtMs === null],
    ['a fault healed', 0.3, ({ run }) => run.faults.some(({ healedAtMs }) => healedAtMs !== null)],
    ['a fault is to stay down', 0.1, ({ plan }) => plan.faults.some(({ heals }) => !heals)],
    [
      'a stopped instance exits as it should not',
      0.05,
      ({ run }) =>
        run.faults.some(({ kind, status, exit }) => kind === 'stop-instance' && status === 'fired' && exit?.code !== 0),
    ],
    ['there is no roll call', 0.01, ({ run }) => run.rollCallAtMs === null],
    ['there are two workers', 0.3, ({ workers }) => workers.length === 2],
    [
      'somebody joins again after leaving',
      0.1,
      history => {
        const records = rawRecordsOf(history)
        return records.some(
          (record, index) =>
            record[0] === 'left' &&
            records
              .slice(index)
              .some(later => later[0] === 'joined' && later[1] === record[1] && later[2] === record[2]),
        )
      },
    ],
    [
      'somebody is gone at the end',
      0.03,
      history => rawRecordsOf(history).some(([kind, , is]) => kind === 'end' && is === 0),
    ],
    [
      'a message is handed over without a connection',
      0.1,
      history => rawRecordsOf(history).some(record => record[0] === 'sent' && record[2] === -1),
    ],
    [
      'a join is answered after more than 100 ms',
      0.3,
      history => {
        const records = rawRecordsOf(history)
        const answers = records.filter(record => record[0] === 'joined')
        const asked = records.filter(record => record[0] === 'join-asked')
        return asked.some(([, client, room, atMs]) => {
          const answer = answers.find(([, of, to, , , , at]) => of === client && to === room && at >= atMs)
          return answer !== undefined && answer[6] > atMs + 100
        })
      },
    ],
  ])('%s', (_, least, isSo) => {
    expect(shareOf(isSo)).toBeGreaterThan(least)
    expect(shareOf(isSo)).toBeLessThan(0.9)
  })
})
