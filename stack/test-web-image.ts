/** Test support: the front end's image in seconds. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildFrontEnd } from '../web/build-once.ts'

const DOCKERFILE = join(import.meta.dirname, '..', 'web', 'Dockerfile')

/** The last stage of `web/Dockerfile` as it is, on top of the build that tests in a browser make anyway; not what its own build stage installs and builds. */
export async function buildWebImageFromBuild(image: string): Promise<void> {
  const context = dirname(dirname(await buildFrontEnd()))
  const stages = readFileSync(DOCKERFILE, 'utf8').split(/^(?=FROM )/m)
  const dockerfile = `FROM scratch AS build\nCOPY . /app\n\n${stages.at(-1)}`
  execFileSync('docker', ['build', '--tag', image, '--file', '-', context], { input: dockerfile, stdio: 'pipe' })
}
