/** The two programs in C, compiled at first use. */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from './needs.ts'

const CACHE = join(import.meta.dirname, '..', '..', 'runs', 'bench', 'native')

/** Path of the program made from `<name>.c`. Named after its source's content, so that a change is compiled anew. Throws {@link BenchError}. */
export function nativeProgram(name: 'wire-client' | 'send-limit'): string {
  const source = join(import.meta.dirname, `${name}.c`)
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const program = join(CACHE, `${name}-${digest}`)
  if (existsSync(program)) return program
  mkdirSync(CACHE, { recursive: true })
  const aside = `${program}.${process.pid}`
  try {
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', aside, source], { stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer }
    throw new BenchError(`cc could not compile ${source}: ${stderr?.toString() ?? (error as Error).message}`)
  }
  renameSync(aside, program)
  return program
}
