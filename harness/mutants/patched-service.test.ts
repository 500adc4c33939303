import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Patch } from './mutant.ts'
import { PatchError, PatchedService, patchedFiles } from './patched-service.ts'

const SOURCES: Readonly<Record<string, string>> = { 'a.ts': 'one two three', 'b.ts': 'one one' }

function mutant(...patches: Patch[]) {
  return {
    name: 'counts-wrong',
    about: 'It counts wrong.',
    scenario: 'even-talk',
    caughtBy: ['lost'],
    patches,
  } as const
}

function patched(...patches: Patch[]) {
  return Object.fromEntries(patchedFiles(mutant(...patches), file => SOURCES[file]!))
}

describe('patches', () => {
  it('replace their text, several in one file one after the other', () => {
    const patches = [
      { file: 'a.ts', find: 'two', replace: '$& twenty' },
      { file: 'a.ts', find: 'twenty three', replace: '23' },
    ]
    expect(patched(...patches)).toEqual({ 'a.ts': 'one $& 23' })
  })

  it('whose text is gone are an error that names mutant, file and text', () => {
    const patch = { file: 'a.ts', find: 'four', replace: 'five' }
    expect(() => patched(patch)).toThrow(PatchError)
    expect(() => patched(patch)).toThrow('mutant counts-wrong: expected once in service/a.ts, found 0 times:\nfour')
  })

  it('whose text is there twice are an error, too', () => {
    expect(() => patched({ file: 'b.ts', find: 'one', replace: 'two' })).toThrow('found 2 times')
  })

  it('whose text went with the patch before are an error', () => {
    const patches = [
      { file: 'a.ts', find: 'two', replace: '' },
      { file: 'a.ts', find: 'two', replace: '' },
    ]
    expect(() => patched(...patches)).toThrow('found 0 times')
  })
})

describe('a patched service', () => {
  const FIND = 'Starts one instance'

  it('is a copy with the patch in it, beside a service that stays as it is, and goes with its owner', () => {
    let folder: string
    {
      using service = new PatchedService(mutant({ file: 'main.ts', find: FIND, replace: 'Starts two' }))
      folder = service.folder
      expect(readFileSync(join(folder, 'main.ts'), 'utf8')).toContain('Starts two')
      expect(existsSync(join(folder, 'protocol.ts'))).toBe(true)
    }
    expect(existsSync(folder)).toBe(false)
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'service', 'main.ts'), 'utf8')).toContain(FIND)
  })
})
