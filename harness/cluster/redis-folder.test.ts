import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, test, vi } from 'vitest'
import { makeRedisFolder, removeFromMemory } from './redis-folder.ts'

vi.mock('node:fs', async importOriginal => {
  const fs = await importOriginal<typeof import('node:fs')>()
  return { ...fs, statfsSync: vi.fn(fs.statfsSync) }
})

const TMPFS = 0x01_02_19_94

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-redis-folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

function memoryOf(freeBytes: number, type = TMPFS): void {
  vi.mocked(statfsSync).mockReturnValueOnce({ type, bavail: freeBytes / 4096, bsize: 4096 } as never)
}

test('the data are in memory where it has room, readable by nobody else', ({ expect }) => {
  const [run, memory] = [temporaryFolder(), temporaryFolder()]
  memoryOf(2 * 2 ** 30)
  const { path, description } = makeRedisFolder('r1', run, memory)
  expect(path).toBe(join(memory, 'tuesday-redis-r1'))
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(description).toBe(`in memory (${memory})`)
})

test.for([
  ['has too little room', () => memoryOf(2 * 2 ** 30 - 4096), 'has less than 2 GiB free'],
  ['is a disk', () => memoryOf(2 ** 40, 0xef_53), 'is not in memory'],
] as const)('the data are on disk where the folder for memory %s, and it is told', ([, prepare, why], { expect }) => {
  const [run, memory] = [temporaryFolder(), temporaryFolder()]
  prepare()
  const { path, description } = makeRedisFolder('r1', run, memory)
  expect(path).toBe(join(run, 'redis'))
  expect(existsSync(path)).toBe(true)
  expect(description).toBe(`on disk, whose pauses become latencies: ${memory} ${why}`)
})

test('the data are on disk where there is no folder for memory', ({ expect }) => {
  const run = temporaryFolder()
  const { path, description } = makeRedisFolder('r1', run, join(run, 'nowhere'))
  expect(path).toBe(join(run, 'redis'))
  expect(description).toContain('ENOENT')
})

test('a folder that is there already, whoever made it, is not used', ({ expect }) => {
  const [run, memory] = [temporaryFolder(), temporaryFolder()]
  memoryOf(2 ** 32)
  makeRedisFolder('r1', run, memory)
  memoryOf(2 ** 32)
  const { path, description } = makeRedisFolder('r1', run, memory)
  expect(path).toBe(join(run, 'redis'))
  expect(description).toContain('EEXIST')
})

test('what was left in memory is removed', ({ expect }) => {
  const memory = temporaryFolder()
  memoryOf(2 ** 32)
  const { path } = makeRedisFolder('r1', temporaryFolder(), memory)
  expect(existsSync(path)).toBe(true)
  removeFromMemory('r1', memory)
  expect(existsSync(path)).toBe(false)
})
