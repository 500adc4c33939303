import { describe, expect, test } from 'vitest'
import { arrivalsIn, clientCount, messageCount, roomCount, stretchesOf } from './load-size.ts'
import type { Load, LoadShape } from './scenario.ts'

function load(shape?: LoadShape, seconds = 30): Load {
  return { rooms: 4, clients: 24, messagesPerSecond: 100, textBytes: 100, seconds, shape }
}

/** Each stretch as from → to for so many seconds. */
function told(value: Load): string[] {
  return stretchesOf(value).map(({ seconds, fromRate, toRate }) => `${fromRate}→${toRate} ${seconds}`)
}

test('rooms and clients of either form', () => {
  expect([roomCount(load()), clientCount(load())]).toEqual([4, 24])
  const { clients, ...without } = load()
  const rooms = [
    { count: 1, clients: 1000 },
    { count: 300, clients: 5 },
  ]
  expect([roomCount({ ...without, rooms }), clientCount({ ...without, rooms })]).toEqual([301, 2500])
})

describe('shapes begin at the rate of the load', () => {
  test('constant', () => {
    expect(told(load())).toEqual(['100→100 30'])
    expect(told(load({ kind: 'constant' }))).toEqual(['100→100 30'])
  })

  test('ramp', () => {
    expect(told(load({ kind: 'ramp', toMessagesPerSecond: 20 }))).toEqual(['100→20 30'])
    expect(messageCount(load({ kind: 'ramp', toMessagesPerSecond: 20 }))).toBe(1800)
  })

  test('steps last the same, the first one too', () => {
    const steps = load({ kind: 'steps', toMessagesPerSecond: [200, 400] })
    expect(told(steps)).toEqual(['100→100 10', '200→200 10', '400→400 10'])
    expect(messageCount(steps)).toBe(7000)
  })

  test('spikes come after everySeconds, and the last one ends with the load', () => {
    const shape: LoadShape = { kind: 'spikes', toMessagesPerSecond: 500, everySeconds: 10, lastsSeconds: 2 }
    expect(told(load(shape))).toEqual(['100→100 10', '500→500 2', '100→100 8', '500→500 2', '100→100 8'])
    expect(told(load(shape, 11))).toEqual(['100→100 10', '500→500 1'])
    expect(messageCount(load(shape, 11))).toBe(1500)
  })
})

test('stretches cover the load, whatever its shape', () => {
  const shapes: LoadShape[] = [
    { kind: 'steps', toMessagesPerSecond: [1, 2, 3, 4, 5, 6] },
    { kind: 'spikes', toMessagesPerSecond: 0, everySeconds: 0.7, lastsSeconds: 0.3 },
  ]
  for (const shape of shapes) {
    const stretches = stretchesOf(load(shape))
    expect(stretches.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(30)
    for (const stretch of stretches) expect(arrivalsIn(stretch)).toBeGreaterThanOrEqual(0)
  }
})
