import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allScenarioNames } from './catalogue.ts'
import { HUGE_SCENARIOS, PAGE_SCENARIOS, QUICK_SCENARIOS, scenariosOf } from './sets.ts'

const FOLDER = join(import.meta.dirname, '../../scenarios')

describe('sets of scenarios', () => {
  it('name scenarios that there are', async () => {
    const all = await allScenarioNames(FOLDER)
    expect([...QUICK_SCENARIOS, ...HUGE_SCENARIOS, ...PAGE_SCENARIOS].filter(name => !all.includes(name))).toEqual([])
  })

  it('quick are a few', async () => {
    const quick = await scenariosOf('quick', FOLDER)
    expect(quick).toEqual(QUICK_SCENARIOS)
    expect(quick).toContain('smoke')
  })

  it('full are all but those for which a hosted runner is too small, or lacks a browser, regressions too', async () => {
    const full = await scenariosOf('full', FOLDER)
    const all = await allScenarioNames(FOLDER)
    const left = [...HUGE_SCENARIOS, ...PAGE_SCENARIOS]
    expect(full.toSorted()).toEqual(all.filter(name => !left.includes(name)).sort())
    expect(full.some(name => name.startsWith('regressions/'))).toBe(true)
    // The most jobs that a matrix of GitHub Actions may have is 256, of GitLab 200.
    expect(full.length).toBeLessThan(200)
  })
})
