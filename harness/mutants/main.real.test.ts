import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MUTANTS_FOLDER } from './patched-service.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')

function start(...names: string[]) {
  const child = spawn(process.execPath, ['harness/mutants/main.ts', ...names], { cwd: PROJECT_FOLDER })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += String(chunk)
    })
  }
  const ended = new Promise<{ exitCode: number | null; output: string }>(resolve => {
    child.once('close', exitCode => resolve({ exitCode, output }))
  })
  return { child, ended }
}

it('exits with 2 where a name is not that of a mutant, and says which may be meant', async () => {
  const { exitCode, output } = await start('drop-delivery', 'cuts-texts').ended
  expect(exitCode, output).toBe(2)
  expect(output).toMatch(/"drop-delivery"\. Did you mean "drops-deliveries"\?\nthere are: [^\n]*cuts-texts/)
  expect(output).not.toMatch(/^\s+at /m)
})

it('that is interrupted heals, exits with 130, and leaves no run behind', async () => {
  const { child, ended } = start('drops-deliveries')
  const isRunning = () => existsSync(join(MUTANTS_FOLDER, `run-${child.pid}`, 'plan.json'))
  const deadlineMs = performance.now() + 30_000
  while (!isRunning() && child.exitCode === null && performance.now() < deadlineMs) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  expect(isRunning()).toBe(true)
  child.kill('SIGINT')
  const { exitCode, output } = await ended
  expect(exitCode, output).toBe(130)
  expect(output).toContain('healing and clearing away')
  expect(existsSync(join(MUTANTS_FOLDER, `run-${child.pid}`))).toBe(false)
})
