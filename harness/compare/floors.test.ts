import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeFloor, FLOORS, type Floor, FloorError, floorFor, overrideFloors } from './floors.ts'

describe('--floor', () => {
  test.each([
    ['latencyP99=50%,20', { relative: 0.5, absolute: 20 }],
    ['latencyP99=12.5%', { relative: 0.125, absolute: FLOORS.latencyP99.absolute }],
    ['latencyP99=20.5', { relative: FLOORS.latencyP99.relative, absolute: 20.5 }],
    ['latencyP99=0%,0', { relative: 0, absolute: 0 }],
  ])('%s', (text, expected) => {
    expect(overrideFloors([text]).latencyP99).toMatchObject(expected)
    expect(overrideFloors([text]).latencyP50).toEqual(FLOORS.latencyP50)
  })

  test('several, the last of a kind wins', () => {
    const floors = overrideFloors(['latencyP50=1', 'recovery=9', 'latencyP50=2'])
    expect([floors.latencyP50.absolute, floors.recovery.absolute]).toEqual([2, 9])
  })

  test.each([
    ['latencyP99', /found "latencyP99"; allowed is kind=relative%,absolute/],
    ['latencyP99=', /allowed is/],
    ['latencyP99=fast', /allowed is/],
    ['latencyP99=-5', /allowed is/],
    ['latencyp99=5', /"latencyp99" is not a kind.*Did you mean "latencyP99"\?.*violations/],
  ])('%s is refused', (text, message) => {
    expect(() => overrideFloors([text])).toThrow(FloorError)
    expect(() => overrideFloors([text])).toThrow(message)
  })
})

test('docs/comparing-runs.md has the table', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/comparing-runs.md'), 'utf8')
  const rows = Object.entries<Floor>(FLOORS).map(([kind, floor]) => {
    const floors = [3, 1].map(runs => describeFloor(floorFor(floor, runs)))
    return `| \`${kind}\` | ${floor.about} | ${floors.join(' | ')} | ${floor.samplesMin} |`
  })
  for (const row of rows) expect(guide).toContain(row)
})
