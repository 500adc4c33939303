import { describe, expect, test } from 'vitest'
import { watchForAbort, whyAbort } from './abort-watch.ts'
import { zeroCounters } from './ledger/worker-counters.ts'
import type { FleetStatus } from './load/fleet-status.ts'
import { ABORT_MEASURES, type AbortMeasure } from './scenario/scenario.ts'

const CALM: FleetStatus = {
  clients: 10,
  connected: 10,
  isAllJoined: true,
  isAllHome: true,
  isCounted: true,
  openSends: 0,
  sendsToCome: 0,
  outstanding: 0,
  overdue: 0,
  counters: [zeroCounters(), zeroCounters()],
}

/** A status in which that count is this much, over two workers. */
function statusWith(measure: AbortMeasure, count: number): FleetStatus {
  if (measure === 'overdue') return { ...CALM, overdue: count }
  if (measure === 'disconnected') return { ...CALM, connected: CALM.clients - count }
  const counters = [zeroCounters(), zeroCounters()]
  counters[0]![measure] = 1
  counters[1]![measure] = count - 1
  return { ...CALM, counters }
}

/** A fleet whose statuses are these, one after the other; then the time is over. */
function fleetOf(...statuses: FleetStatus[]) {
  return { waitUntil: async (condition: (status: FleetStatus) => boolean) => statuses.some(condition) }
}

const never = new AbortController().signal

describe.each(Object.keys(ABORT_MEASURES) as AbortMeasure[])('%s', measure => {
  test('above its limit is told with its count; at its limit it is not', () => {
    expect(whyAbort({ [measure]: 4 }, statusWith(measure, 5))).toBe(
      `${measure} was 5, above its limit of 4: ${ABORT_MEASURES[measure]}`,
    )
    expect(whyAbort({ [measure]: 5 }, statusWith(measure, 5))).toBeNull()
    expect(whyAbort({ [measure]: 0 }, CALM)).toBeNull()
  })
})

test('of several limits, the one that is passed is told', () => {
  expect(whyAbort({ overdue: 100, holes: 0 }, statusWith('holes', 2))).toContain('holes was 2')
})

describe('the watch', () => {
  test('ends with why, at the first status that is too much', async () => {
    const fleet = fleetOf(CALM, statusWith('overdue', 3), statusWith('overdue', 99))
    expect(await watchForAbort({ overdue: 2 }, fleet, 1_000, never)).toContain('overdue was 3')
  })

  test('ends with null where nothing is too much, is limited, or a worker has failed', async () => {
    expect(await watchForAbort({ overdue: 2 }, fleetOf(CALM), 1_000, never)).toBeNull()
    expect(await watchForAbort({}, fleetOf(statusWith('overdue', 99)), 1_000, never)).toBeNull()
    const failed = { waitUntil: () => Promise.reject(new Error('load worker 0 ended with SIGKILL')) }
    expect(await watchForAbort({ overdue: 2 }, failed, 1_000, never)).toBeNull()
  })
})
