import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClusterError } from './cluster/cluster.ts'
import { checkServiceFolder } from './service-folder.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-service-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function problemOf(path: string): string {
  try {
    checkServiceFolder(path)
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterError)
    return (error as Error).message
  }
  return ''
}

test('a folder with main.ts in it', () => {
  writeFileSync(join(folder, 'main.ts'), '')
  expect(problemOf(folder)).toBe('')
})

test('what is no service is told with the flag, what was expected and what was found', () => {
  const missing = join(folder, 'missing')
  expect(problemOf(missing)).toContain(`--service ${missing}: expected a folder with the source of the service`)
  expect(problemOf(missing)).toContain('found nothing there')
  mkdirSync(join(folder, 'empty'))
  expect(problemOf(join(folder, 'empty'))).toContain('found no main.ts in it')
  writeFileSync(join(folder, 'file.ts'), '')
  expect(problemOf(join(folder, 'file.ts'))).toContain('found a file')
  expect(problemOf(join(folder, 'file.ts', 'beneath'))).toContain('found nothing there')
})
