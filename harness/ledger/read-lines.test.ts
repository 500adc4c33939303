import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLines } from './read-lines.ts'
import { LedgerError } from './run-file.ts'

let folder: string
let path: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-lines-'))
  path = join(folder, 'lines.jsonl')
})

afterAll(() => rmSync(folder, { recursive: true }))

async function read(text: string, apply: (line: unknown) => void = () => {}): Promise<void> {
  writeFileSync(path, text)
  await readLines(path, apply)
}

test('hands over each record, in order', async () => {
  const seen: unknown[] = []
  await read('["a",1]\n["b"]\r\n{"c":2}', line => seen.push(line))
  expect(seen).toEqual([['a', 1], ['b'], { c: 2 }])
})

test('tells the line that is no JSON, or that was refused', async () => {
  await expect(read('[1]\n[2]\n[3')).rejects.toThrow(`${path}, line 3 is damaged: `)
  const refused = read('[1]\n[2]\n', line => {
    if ((line as number[])[0] === 2) throw new Error('no twos')
  })
  await expect(refused).rejects.toThrow(new LedgerError(`${path}, line 2 is damaged: no twos`))
})

test('tells a file that is missing', async () => {
  const missing = join(folder, 'nothing.jsonl')
  await expect(readLines(missing, () => {})).rejects.toThrow(LedgerError)
  await expect(readLines(missing, () => {})).rejects.toThrow(`${missing} is damaged: ENOENT`)
})
