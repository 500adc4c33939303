import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listScenarios } from '../scenario/catalogue.ts'
import { SCENARIOS_FOLDER } from './mutant-run.ts'
import { patchedFiles } from './patched-service.ts'
import { SERVICE_MUTANTS } from './service-mutants.ts'

describe('the mutants of the service', () => {
  it('have names of their own', () => {
    const names = SERVICE_MUTANTS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })

  it.each(SERVICE_MUTANTS)('$name fits the service as it is, and is code', mutant => {
    for (const source of patchedFiles(mutant).values()) expect(() => stripTypeScriptTypes(source)).not.toThrow()
  })

  it.each(SERVICE_MUTANTS)('$name is told in one sentence and names what catches it', ({ about, caughtBy }) => {
    expect(about).toMatch(/^[^.\n]+\.$/)
    expect(caughtBy.length).toBeGreaterThan(0)
  })

  it('are all told of in docs/mutants.md: npm run mutants', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'mutants.md'), 'utf8')
    for (const { name, about } of SERVICE_MUTANTS) {
      const row = page.split('\n').find(line => line.startsWith(`| ${name} `)) ?? ''
      expect(row, name).toContain(`| ${about} `)
    }
  })

  it('use every scenario that is made for them, and no other', async () => {
    const scenarios = (await listScenarios(SCENARIOS_FOLDER)).map(({ name }) => name)
    expect([...new Set(SERVICE_MUTANTS.map(({ scenario }) => scenario))].sort()).toEqual(scenarios)
  })
})
