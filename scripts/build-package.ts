/**
 * Makes `dist/`, which is what the npm package ships: the harness, the service, the client and the scenarios as JavaScript with types, and
 * what the service's image is built from. Node takes no types out of files under node_modules, so the source would not run there. Runs before
 * `npm pack`.
 */

import { execFileSync } from 'node:child_process'
import { constants, copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
/** npm packs no lock file that lies beside the package.json of the package, but one in a folder. */
const IMAGE_FILES = ['Dockerfile', 'package.json', 'package-lock.json']
/** Everything but the instances, which each run has of its own. */
const BALANCER_FILES = ['stack/haproxy/haproxy.cfg']

rmSync(DIST, { recursive: true, force: true })
execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
})
/** Put as they are into the pages that are written of runs. */
const pageFiles = globSync(['harness/**/*.css', 'harness/**/*.js'], { cwd: ROOT })
for (const file of [...IMAGE_FILES, ...BALANCER_FILES, ...pageFiles]) {
  mkdirSync(dirname(join(DIST, file)), { recursive: true })
  // Not over a module that was compiled to this name.
  copyFileSync(join(ROOT, file), join(DIST, file), constants.COPYFILE_EXCL)
}
