import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadScenario } from '../scenario/catalogue.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { k6Script } from './script.ts'
import { K6_FOLDER, renderK6Script } from './write-script.ts'

const PROJECT = join(import.meta.dirname, '../..')
const FOLDER = join(PROJECT, K6_FOLDER)
const SCRIPTS = readdirSync(FOLDER).filter(name => name.endsWith('.ts'))

describe('the scripts of the repository', () => {
  test('are there for the scenarios that people begin with', () => {
    for (const name of ['smoke', 'steady', 'ramp', 'spikes', 'mixed-rooms', 'churn', 'kill-instance']) {
      expect(SCRIPTS).toContain(`${name}.ts`)
    }
  })

  test.each(SCRIPTS)('%s is what `npm run k6` writes', async file => {
    const { text } = await renderK6Script(file.slice(0, -'.ts'.length), PROJECT)
    expect(readFileSync(join(FOLDER, file), 'utf8'), `run: npm run k6 -- ${file.slice(0, -'.ts'.length)}`).toBe(text)
  })

  test('import nothing but modules of k6 and files, all the way down', () => {
    const seen = new Set<string>()
    const foreign: string[] = []
    const visit = (path: string) => {
      if (seen.has(path)) return
      seen.add(path)
      // Types go before k6 runs a file, and what is imported for them alone goes with them.
      const code = readFileSync(path, 'utf8').replaceAll(/^(?:import|export) type [\s\S]*?from '.*'$/gm, '')
      for (const [, specifier] of code.matchAll(/(?:^|\n)(?:import|export)\s[\s\S]*?from '([^']+)'/g)) {
        if (specifier!.startsWith('.')) visit(join(dirname(path), specifier!))
        else if (!specifier!.startsWith('k6/')) foreign.push(`${relative(PROJECT, path)} imports ${specifier}`)
      }
    }
    for (const file of SCRIPTS) visit(join(FOLDER, file))
    expect(foreign).toEqual([])
    expect([...seen].map(path => relative(PROJECT, path))).toContain(join('client', 'client.ts'))
  })
})

describe('a script', () => {
  test('has the data of its scenario, but the faults, which its header tells with what else k6 cannot do', async () => {
    const { scenario } = await loadScenario('kill-instance', join(PROJECT, 'scenarios'))
    const text = k6Script('kill-instance', scenario, 'scenarios/kill-instance.ts')
    const words = text.replaceAll(/\n \* +/g, ' ')
    expect(words).toContain('its faults, kill-instance at 5 s;')
    expect(text).toContain('\n *     npm run scenario kill-instance -- --load none ')
    expect(words).toContain('ackP99Ms (k6 does not know the phases of a fault)')
    expect(words).toContain('diverged (no client sees what another one was told)')
    expect(text).not.toContain('faults:')
    expect(text).toContain('  load: { rooms: 20, clients: 300,')
    expect(text.split('\n').filter(line => line.length > 120)).toEqual([])
  })

  const SMALL: Scenario = {
    about: 'A test.',
    topology: { instances: 2 },
    load: { rooms: 2, clients: 4, messagesPerSecond: 10, textBytes: 50, seconds: 5 },
    budgets: {},
  }

  test.each([
    [
      { http: [{ path: 'readyz', requestsPerSecond: 5 }] },
      'http: cannot be a k6 script: the script makes the load over WebSockets',
    ],
    [
      { load: { ...SMALL.load, clients: 20_001 } },
      'load.clients: cannot be a k6 script: 20001 clients are more than the 20000',
    ],
    [
      { load: { ...SMALL.load, messagesPerSecond: 100_000 } },
      'load: cannot be a k6 script: 700000 messages are more than',
    ],
  ] as [Partial<Scenario>, string][])('refuses what it cannot express, and says why: %#', (more, message) => {
    expect(() => k6Script('x', { ...SMALL, ...more }, 'x.ts')).toThrow(`x.ts: ${message}`)
  })

  test('of a scenario that is too large', async () => {
    await expect(renderK6Script('hundred-thousand', PROJECT)).rejects.toThrow(
      'load.clients: cannot be a k6 script: 100000 clients',
    )
  })

  test('of a scenario that there is not', async () => {
    await expect(renderK6Script('stedy', PROJECT)).rejects.toThrow(
      'no scenario is called "stedy". Did you mean "steady"?',
    )
  })
})
