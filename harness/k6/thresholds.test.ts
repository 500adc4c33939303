import { expect, test } from 'vitest'
import type { Budgets } from '../scenario/scenario.ts'
import { thresholdsOf } from './thresholds.ts'

function judgedBy(budgets: Budgets, hasFaults = false, instances = 3) {
  return thresholdsOf({ budgets, topology: { instances } }, { sends: 1000, hasFaults })
}

test('what every run has: the counts of safety, that all was sent, and that something came', () => {
  expect(judgedBy({}).thresholds).toEqual({
    tuesday_lost: ['count<=0'],
    tuesday_duplicated: ['count<=0'],
    tuesday_reordered: ['count<=0'],
    tuesday_phantom: ['count<=0'],
    tuesday_declared_gaps: ['count<=0'],
    tuesday_stranded: ['count<=0'],
    tuesday_holes: ['count<=0'],
    tuesday_sent: ['count>=990'],
    tuesday_delivered: ['count>0'],
  })
})

test('a latency with as many samples as its quantile needs, and a tenth of it for the generator', () => {
  const { thresholds } = judgedBy({ crossInstanceP99Ms: 70, crossInstanceP999Ms: 500, ackMaxMs: 900, late: 3 })
  expect(thresholds).toMatchObject({
    tuesday_cross_instance_ms: ['p(99)<=70', 'p(99.9)<=500'],
    tuesday_cross_instance_samples: ['count>=1000', 'count>=10000'],
    tuesday_ack_ms: ['max<=900'],
    tuesday_ack_samples: ['count>=1'],
    tuesday_send_lag_ms: ['p(99)<=7'],
    tuesday_late: ['count<=3'],
  })
})

test('limits by phase: all is steady without faults, and with them the loosest counts, if it covers the fault', () => {
  const budgets: Budgets = { crossInstanceP99Ms: { steady: 100, fault: 3000 }, ackP99Ms: { steady: 80 } }
  const calm = judgedBy(budgets)
  expect(calm.thresholds).toMatchObject({ tuesday_cross_instance_ms: ['p(99)<=100'], tuesday_ack_ms: ['p(99)<=80'] })
  expect(calm.unjudged).toEqual([])
  const { thresholds, unjudged } = judgedBy(budgets, true)
  expect(thresholds).toMatchObject({ tuesday_cross_instance_ms: ['p(99)<=3000'] })
  expect(thresholds).not.toHaveProperty('tuesday_ack_ms')
  expect(unjudged).toEqual([{ measure: 'ackP99Ms', why: 'k6 does not know the phases of a fault' }])
})

test('a reconnect counts only where something is broken', () => {
  expect(judgedBy({ reconnectSeconds: 5 }).thresholds).not.toHaveProperty('tuesday_reconnect_ms')
  expect(judgedBy({ reconnectSeconds: 5 }, true).thresholds).toMatchObject({ tuesday_reconnect_ms: ['max<=5000'] })
})

test('says which of the own budgets are no threshold, and nothing of those that hold anyway', () => {
  const budgets: Budgets = { diverged: 0, uncleanDrains: 0, steadyAgainSeconds: 5, instanceMemoryGrowthMiB: 100 }
  const measures = judgedBy(budgets, true).unjudged.map(({ measure }) => measure)
  expect(measures).toEqual(['diverged', 'uncleanDrains', 'steadyAgainSeconds', 'instanceMemoryGrowthMiB'])
  expect(judgedBy({ crossInstanceP99Ms: 5 }, false, 1).unjudged).toEqual([
    { measure: 'crossInstanceP99Ms', why: 'one instance has no other' },
  ])
})
