/** Keeps `docs/explore.md` with the code. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXPLORE_FLAGS } from '../explore-command.ts'
import { DRAW_RANGES } from './draw-scenario.ts'
import { OWN_MEASURES } from './run-outcome.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/explore.md'), 'utf8')

test('the flags', () => {
  const rows = guide.split('\n').filter(line => line.startsWith('| `--'))
  const expected = Object.entries(EXPLORE_FLAGS).map(([name, { value, about }]) => {
    const flag = value === null ? `--${name}` : `--${name} <${value}>`
    return `| \`${flag.replaceAll('|', '\\|')}\` | ${about} |`
  })
  expect(rows).toEqual(expected)
})

test('the ranges', () => {
  const { instances, clients, rooms, messagesPerSecond, seconds, faults } = DRAW_RANGES
  const text = guide.replaceAll('\n', ' ')
  expect(text).toContain(
    `${instances.min} to ${instances.max} instances, ${clients.min} to ${clients.max} clients, ${rooms.min} to ${rooms.max} rooms, ` +
      `${messagesPerSecond.min} to ${messagesPerSecond.max} messages a second for ${seconds.min} to ${seconds.max} seconds, ` +
      `and ${faults.min} to ${faults.max} faults`,
  )
})

test('the measures of its own', () => {
  for (const measure of Object.keys(OWN_MEASURES)) expect(guide).toContain(`\`${measure}\` (`)
})
