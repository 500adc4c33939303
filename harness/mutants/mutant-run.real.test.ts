import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runScenarioOn } from './mutant-run.ts'
import { MUTANTS_FOLDER } from './patched-service.ts'
import { SERVICE_MUTANTS } from './service-mutants.ts'

it('is cut short by the abort, and neither the run nor the copy of the service stays', async () => {
  const mutant = SERVICE_MUTANTS.find(({ name }) => name === 'drops-deliveries')!
  const abort = new AbortController()
  const out = join(MUTANTS_FOLDER, `run-${process.pid}`)
  const copies = () => readdirSync(MUTANTS_FOLDER).filter(name => name.startsWith(mutant.name))
  mkdirSync(MUTANTS_FOLDER, { recursive: true })
  const copiesBefore = copies()
  const running = runScenarioOn(mutant.scenario, mutant, abort.signal)
  const deadlineMs = performance.now() + 30_000
  while (!existsSync(join(out, 'plan.json')) && performance.now() < deadlineMs) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const copiesMeanwhile = copies()
  abort.abort()
  // A run that goes on to its end has a result.
  expect(await running).toMatchObject({ verdict: 'none', broken: [] })
  expect(copiesMeanwhile).toHaveLength(copiesBefore.length + 1)
  expect(existsSync(out)).toBe(false)
  expect(copies()).toEqual(copiesBefore)
})
