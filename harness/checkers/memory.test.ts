import { expect, test } from 'vitest'
import { history } from './history.ts'
import { measureMemory } from './memory.ts'

const MIB = 2 ** 20

/** By instance: MiB at 0 s, 1 s, 2 s … */
function judge(memory: Record<string, readonly number[]>, faultAtMs: number | null = 3_000) {
  const samples = Object.entries(memory).flatMap(([instance, mebibytes]) =>
    mebibytes.map((value, second) => ({ instance, atMs: second * 1_000, residentBytes: value * MIB })),
  )
  const faults = faultAtMs === null ? [] : [{ firedAtMs: faultAtMs }]
  return measureMemory(history({ clients: { ann: '' }, faults, memory: samples }).ledger)
}

test('the most over the median before the first fault, of each instance', () => {
  expect(judge({ 'chat-2': [80, 100, 90, 130, 170, 95], 'chat-1': [50, 50, 50, 40] })).toEqual([
    { instance: 'chat-1', usualMiB: 50, highestMiB: 50, growthMiB: 0, samples: 4 },
    { instance: 'chat-2', usualMiB: 90, highestMiB: 170, growthMiB: 80, samples: 6 },
  ])
})

test('one high value before the fault does not excuse a growth', () => {
  expect(judge({ 'chat-1': [80, 200, 80, 200] })![0]).toMatchObject({ usualMiB: 80, growthMiB: 120 })
})

test('of an even number the median lies between the two in the middle', () => {
  expect(judge({ 'chat-1': [80, 90, 80, 90] }, 4_000)![0]!.usualMiB).toBe(85)
})

test('a sample at the time of the fault is not before it', () => {
  expect(judge({ 'chat-1': [80, 80, 80, 500] })![0]!.usualMiB).toBe(80)
})

test('without a fault, over the median of all', () => {
  expect(judge({ 'chat-1': [80, 80, 80, 80, 96] }, null)![0]!.growthMiB).toBe(16)
})

test('an instance that nobody looked at before the fault is left out; where nobody looked at all, nothing is known', () => {
  expect(judge({ 'chat-1': [80, 80] }, 0)).toEqual([])
  expect(measureMemory(history({ clients: { ann: '' } }).ledger)).toBeNull()
})
