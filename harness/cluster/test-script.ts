/** Test support: a script that uses the drivers in a process of its own, so that it can be killed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Resolves once the script has printed something; throws where it ends before. */
export async function startScript(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('The script has ended.'))),
  ])
  return child
}
