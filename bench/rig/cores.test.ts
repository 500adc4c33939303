import { expect, test } from 'vitest'
import { coreTime, saturatedCore, sharesBetween } from './cores.ts'

const STAT = `cpu  300 0 300 500 100 0 0 0 0 0
cpu0 100 10 200 300 50 5 35 0 0 0
cpu1 200 0 100 200 50 0 0 0 0 0
intr 12345
`

test('idle time and waiting for disks are not busy; interrupts are', () => {
  expect(coreTime(STAT, 0)).toEqual({ total: 7, busy: 3.5 })
  expect(coreTime(STAT, 1)).toEqual({ total: 5.5, busy: 3 })
  expect(() => coreTime(STAT, 2)).toThrow('no core 2')
})

test('shares are those between two readings; what is not the server on its core is foreign', () => {
  const before = { server: { total: 10, busy: 5 }, load: { total: 10, busy: 2 }, processes: 3 }
  const after = { server: { total: 12, busy: 6.8 }, load: { total: 12, busy: 3 }, processes: 4.4 }
  const shares = sharesBetween(before, after)
  expect(shares.serverCore).toBeCloseTo(0.9)
  expect(shares.loadCore).toBeCloseTo(0.5)
  expect(shares.serverSeconds).toBeCloseTo(1.4)
  expect(shares.foreign).toBeCloseTo(0.2)
  // Half a second of two was spent on looking in vain.
  expect(sharesBetween(before, after, 0.5).loadCore).toBeCloseTo(0.25)
  expect(sharesBetween(before, after, 1.1).loadCore).toBe(0)
})

test('the saturated core is named, both, or none', () => {
  expect(saturatedCore({ serverCore: 0.99, loadCore: 0.4 })).toBe('server')
  expect(saturatedCore({ serverCore: 0.5, loadCore: 0.97 })).toBe('load')
  expect(saturatedCore({ serverCore: 0.99, loadCore: 0.97 })).toBe('server and load')
  expect(saturatedCore({ serverCore: 0.9, loadCore: 0.9 })).toBe('none')
})
