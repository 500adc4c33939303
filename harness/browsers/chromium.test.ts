import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findChromium } from './chromium.ts'

test('Chromium is a program on the PATH, and where there is none, it says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-chromium-'))
  try {
    const program = join(folder, 'chromium')
    expect(() => findChromium(folder)).toThrow('found none; "npm run setup -- --all" installs it')
    writeFileSync(program, '')
    expect(() => findChromium(folder)).toThrow('found none')
    chmodSync(program, 0o755)
    expect(findChromium(`/nowhere:${folder}`)).toBe(program)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
