/** Where the harness is, and whether Node runs its source or what the npm package has of it, which is compiled. */

import { extname, join, resolve } from 'node:path'

/** Holds `harness/`, `service/`, `scenarios/` and the Dockerfile: the repository, or `dist/` of the package. */
export const PROJECT_FOLDER = join(import.meta.dirname, '..')

/** Of the harness's own files, which start each other as processes: `.ts`, or `.js` in the package. */
export const MODULE_EXTENSION = extname(import.meta.filename)

export const IS_PACKAGE = MODULE_EXTENSION === '.js'

/** Of the scenarios that ship. */
export const SCENARIO_FOLDER = join(PROJECT_FOLDER, 'scenarios')

/** Where runs are kept: with whoever runs them, so in the working folder, which npm sets to that of `package.json`. */
export const RUNS_FOLDER = resolve('runs')

/** Of scenario files that the harness writes. In somebody else's project the plain `.ts` may stand for another kind of module. */
export const SCENARIO_EXTENSION = IS_PACKAGE ? '.mts' : '.ts'
