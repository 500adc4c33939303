/**
 * What `npm run bench` is judged by. Each target compares a value of one subject with the same value of another one in the same round, or
 * with a number, and holds for the median over the rounds.
 */

import type { MeasurementName } from './sample.ts'

export interface Target {
  readonly row: string
  readonly measurement: MeasurementName
  readonly point: string
  readonly value: string
  readonly subject: string
  /** The ratio to this subject is judged; null: the value itself. */
  readonly against: string | null
  readonly better: 'higher' | 'lower'
  /** What the median has to reach. Null: there is an aim only, which is not judged. */
  readonly limit: number | null
  readonly aim: number | null
  /** Takes too long for the quick form, which leaves it out. */
  readonly isFullOnly?: boolean
  /** What the number is: `×`, `%`, or a unit. */
  readonly unit: string
}

const PER_SECOND = 'deliveriesPerSecond'

function fanOut(against: string, inFlight: number, limit: number, aim: number): Target {
  return {
    row: `fan-out against ${against}, W=${inFlight} N=1000`,
    ...{ measurement: 'fan-out', point: `W=${inFlight} N=1000`, value: PER_SECOND, subject: 'tuesday', against },
    ...{ better: 'higher', limit, aim, unit: '×' },
  }
}

function crossInstance(quantile: 'p50' | 'p99', against: string, limit: number | null, aim: number | null): Target {
  return {
    row: `cross-instance latency at 25,000/s against ${against}, ${quantile}`,
    ...{
      measurement: 'cross-instance',
      point: '25,000 deliveries/s',
      value: `${quantile}Ms`,
      subject: 'tuesday',
      against,
    },
    ...{ better: 'lower', limit, aim, unit: '×' },
  }
}

export const TARGETS: readonly Target[] = [
  fanOut('naive', 1, 1.2, 1.5),
  fanOut('naive', 8, 9, 13),
  fanOut('naive', 64, 45, 70),
  fanOut('socket.io', 1, 1.2, 1.5),
  fanOut('socket.io', 8, 9, 13),
  fanOut('socket.io', 64, 45, 70),
  fanOut('bun', 1, 0.8, 1),
  fanOut('bun', 8, 0.9, 1.2),
  fanOut('bun', 64, 1.6, 2),
  { ...fanOut('send-limit', 64, 0.4, 0.75), row: 'share of the send() limit, W=64 N=1000' },
  {
    row: 'open loop N=1000, deliveries/s sustained with p99 below 100 ms',
    ...{ measurement: 'open-loop', point: 'highest that held', value: PER_SECOND, subject: 'tuesday', against: null },
    ...{ better: 'higher', limit: 1_000_000, aim: null, unit: '/s' },
  },
  crossInstance('p50', 'naive', 1, null),
  crossInstance('p99', 'naive', 1, null),
  { ...crossInstance('p50', 'bun', null, 1), isFullOnly: true },
  { ...crossInstance('p99', 'bun', null, 1), isFullOnly: true },
  {
    row: 'idle memory per connection against naive',
    ...{ measurement: 'idle-memory', point: '5,000 connections', value: 'kiBPerConnection', subject: 'tuesday' },
    ...{ against: 'naive', better: 'lower', limit: 1, aim: 0.5, unit: '×' },
  },
  ...(['unbatched', 'batched'] as const).map(
    (point): Target => ({
      row: `generator, everything checked, against ws clients that count, ${point}`,
      ...{ measurement: 'generator', point, value: 'deliveriesPerCpuSecond', subject: 'load worker', against: 'ws' },
      ...{ better: 'higher', limit: point === 'unbatched' ? 1.5 : 2, aim: null, unit: '×' },
    }),
  ),
  ...(['1,000', '10,000'] as const).map(
    (clients): Target => ({
      row: `generator memory, ${clients} clients in one worker`,
      ...{ measurement: 'generator', point: `memory of ${clients} clients`, value: 'rssMB', subject: 'load worker' },
      ...{
        against: null,
        better: 'lower',
        limit: clients === '1,000' ? 60 : 120,
        isFullOnly: clients === '10,000',
        aim: null,
        unit: ' MB',
      },
    }),
  ),
  {
    row: 'cost per delivery from 100 to 10,000 clients, highest over lowest',
    ...{ measurement: 'growth', point: 'highest over lowest', value: 'ratio', subject: 'tuesday', against: null },
    ...{ better: 'lower', limit: 1.25, aim: null, unit: '×', isFullOnly: true },
  },
  {
    row: 'of a core, for one scrape in 5 s of an instance with 10,000 connections',
    ...{ measurement: 'scrape', point: '10,000 connections', value: 'percentOfCore', subject: 'tuesday' },
    ...{ against: null, better: 'lower', limit: 1, aim: null, unit: '%', isFullOnly: true },
  },
]
