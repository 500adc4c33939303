import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const guide = readFileSync(join(import.meta.dirname, '..', 'docs', 'configuration.md'), 'utf8')

/** Words in the place of a default that no value can be written for. */
const NO_DEFAULT = new Set(["the host's name", 'none', 'any'])

const rows = guide
  .split('\n')
  .filter(line => line.startsWith('| `'))
  .map(line => line.split('|').map(cell => cell.trim().replaceAll('`', '')))
  .map(([, name, fallback, allowed]) => ({ name: name!, fallback: fallback!, allowed: allowed! }))

describe('docs/configuration.md', () => {
  it('has every variable that is read, and no other', () => {
    const asked = new Set<string>()
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get: (_target, name) => void asked.add(String(name)),
      },
    )
    readConfig(environment)
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...asked].toSorted())
  })

  it('has the defaults', () => {
    const written = rows
      .filter(({ fallback }) => !NO_DEFAULT.has(fallback))
      .map(({ name, fallback }) => [name, fallback])
    expect(written.length).toBeGreaterThanOrEqual(30)
    const defaults = readConfig({})
    for (const [name, fallback] of written) expect([name, readConfig({ [name!]: fallback })]).toEqual([name, defaults])
  })

  it.each(rows.filter(({ allowed }) => /^\d+ to \d+$/.test(allowed)))(
    'has what is allowed for $name',
    ({ name, allowed }) => {
      expect(() => readConfig({ [name]: 'x' })).toThrow(`from ${allowed} is allowed`)
    },
  )
})
