import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LONG_TESTS } from './long-tests.ts'

const ROOT = join(import.meta.dirname, '..')

function filesOf(variable: string): string[] {
  return LONG_TESTS.filter(test => test.variable === variable).map(({ file }) => file)
}

it('runs in full every test file of which `npm test` runs a part', () => {
  const partial = globSync('{bench,client,harness,service,stack}/**/*.test.ts', {
    cwd: ROOT,
    exclude: ['**/node_modules'],
  })
    .filter(path => readFileSync(join(ROOT, path), 'utf8').includes("/full-tests.ts'"))
    .sort()
  expect(partial).not.toEqual([])
  expect(filesOf('FULL_TESTS').sort()).toEqual(partial)
})

it('names files that there are, once each', () => {
  const files = LONG_TESTS.map(({ file }) => file)
  expect(files.filter(file => globSync(file, { cwd: ROOT }).length === 0)).toEqual([])
  expect(new Set(files).size).toBe(files.length)
})

it('are those that the guide tells of', () => {
  const guide = readFileSync(join(ROOT, 'docs/tests.md'), 'utf8')
  const told = [...guide.matchAll(/^\| `(\S+)` \| `(\w+)` \|/gm)].map(([, file, variable]) => `${file} ${variable}`)
  expect(told).toEqual(LONG_TESTS.map(({ file, variable }) => `${file} ${variable}`))
})
