/** Mutants of the HTTP load: what was published is not there, answers are slow or refused, or the load itself shows nothing. */

import type { HttpLine } from '../ledger/http-records.ts'
import type { RoomLog } from '../ledger/ledger.ts'
import { generatorLine, histogramOf } from '../test-histories/http-history.ts'
import type { LedgerMutant } from './ledger-mutants.ts'
import { PLAN, type SavedRun } from './ledger-mutants-run.ts'

/** A connection that publishes, and one of its messages somewhere in the middle. */
const PUBLISHER = PLAN.http!.findIndex(({ room }) => room !== null)
const MIDDLE = 100
/** Far beyond the budgets of the saved run. */
const SLOW_MS = 400
const SLOW_SAMPLES = 2_000

function changeHttp(change: (line: HttpLine) => readonly HttpLine[]): LedgerMutant['damage'] {
  return saved => ({ ...saved, http: saved.http.flatMap(change) })
}

function changeHttpLog(change: (log: RoomLog) => RoomLog | null): LedgerMutant['damage'] {
  return ({ run, ...saved }: SavedRun) => {
    const logs = run.httpLogs!
    return { ...saved, run: { ...run, httpLogs: logs.with(PUBLISHER, change(logs[PUBLISHER]!)) } }
  }
}

function isOfPublisher(line: HttpLine): line is HttpLine & readonly ['asked', ...unknown[]] {
  return line[0] === 'asked' && line[1] === PUBLISHER
}

/** The publisher has asked for half of what was planned. */
function askHalf(line: HttpLine): readonly HttpLine[] {
  if (!isOfPublisher(line)) return [line]
  const [kind, connection, requests] = line
  const half = Math.floor(requests / 2)
  return [[kind, connection, half, { 201: half }, 0, 0]]
}

function slowDown(path: string): (line: HttpLine) => readonly HttpLine[] {
  return line => {
    if (line[0] !== 'http-latency' || line[1] !== path) return [line]
    return [['http-latency', line[1], histogramOf(SLOW_MS, SLOW_SAMPLES), 0]]
  }
}

export const MUTANTS_OF_HTTP: readonly LedgerMutant[] = [
  {
    name: 'published-and-lost',
    about: 'A message whose request was answered with 201 is not in the log.',
    expect: { measure: 'httpLost' },
    damage: changeHttpLog(log => ({ ...log, entries: log.entries.toSpliced(MIDDLE, 1) })),
  },
  {
    name: 'published-elsewhere',
    about: 'The answer to a request says another place than that of its message.',
    expect: { measure: 'httpLost' },
    damage: changeHttp(line => {
      if (line[0] !== 'published' || line[1] !== PUBLISHER || line[2] !== MIDDLE) return [line]
      const [kind, connection, number, epoch, seq] = line
      return [[kind, connection, number, epoch, seq + 1]]
    }),
  },
  {
    name: 'published-without-a-place',
    about: 'An answer with 201 does not say where the message stands.',
    expect: { measure: 'httpLost' },
    damage: changeHttp(line => {
      if (line[0] !== 'published' || line[1] !== PUBLISHER || line[2] !== MIDDLE) return [line]
      return [['published', PUBLISHER, MIDDLE, null, 0]]
    }),
  },
  {
    name: 'published-twice',
    about: 'A message stands in the log a second time.',
    expect: { measure: 'httpDuplicated' },
    damage: changeHttpLog(log => {
      const seq = log.top.seq + 1
      const entries = [...log.entries, { ...log.entries[MIDDLE]!, seq }]
      return { ...log, top: { ...log.top, seq }, entries }
    }),
  },
  {
    name: 'published-by-nobody',
    about: 'Something stands in the log that nobody sent.',
    expect: { measure: 'httpDuplicated' },
    damage: changeHttpLog(log => {
      const seq = log.top.seq + 1
      const entries = [...log.entries, { ...log.entries[MIDDLE]!, seq, number: -1 }]
      return { ...log, top: { ...log.top, seq }, entries }
    }),
  },
  {
    name: 'http-refused',
    about: 'One request is answered with 503.',
    expect: { measure: 'httpErrors' },
    damage: changeHttp(line => {
      if (!isOfPublisher(line)) return [line]
      const [kind, connection, requests] = line
      return [[kind, connection, requests, { 201: requests - 1, 503: 1 }, 0, 0]]
    }),
  },
  {
    name: 'http-unanswered',
    about: 'One request is never answered.',
    expect: { measure: 'httpErrors' },
    damage: changeHttp(line => {
      if (!isOfPublisher(line)) return [line]
      const [kind, connection, requests] = line
      return [[kind, connection, requests, { 201: requests - 1 }, 1, 0]]
    }),
  },
  {
    name: 'slow-readyz',
    about: 'Readiness is told too late.',
    expect: { measure: 'readyzP99Ms' },
    damage: changeHttp(slowDown('readyz')),
  },
  {
    name: 'slow-publishing-is-asked-less',
    about: 'Publishing is so slow that half of the requests are never made.',
    expect: { measure: 'publishP99Ms' },
    damage: saved => changeHttp(askHalf)(changeHttp(slowDown('publish'))(saved)),
  },
  {
    name: 'http-load-fell-short',
    about: 'Half of the requests are never made, though the answers are quick.',
    expect: { invalid: 'the HTTP load fell short' },
    damage: changeHttp(askHalf),
  },
  {
    name: 'http-load-too-late',
    about: 'The process that asks is itself late by half of a budget.',
    expect: { invalid: 'the HTTP load could not keep up' },
    damage: changeHttp(line => (line[0] === 'http-generator' ? [generatorLine(25)] : [line])),
  },
  {
    name: 'http-load-unfinished',
    about: 'The process that asks did not come to its end.',
    expect: { invalid: 'the HTTP load did not come to its end' },
    damage: changeHttp(line => (line[0] === 'http-generator' ? [] : [line])),
  },
  {
    name: 'http-log-unread',
    about: 'The log of a room that was published to could not be read.',
    expect: { invalid: 'final read failed' },
    damage: changeHttpLog(() => null),
  },
  {
    name: 'http-too-few-samples',
    about: 'There are not enough answers for a 99th percentile.',
    expect: { invalid: 'too few samples for the budget readyzP99Ms' },
    damage: changeHttp(line =>
      line[0] === 'http-latency' && line[1] === 'readyz'
        ? [['http-latency', 'readyz', histogramOf(4, 900), 0]]
        : [line],
    ),
  },
]
