/**
 * Resolves what a script imports: `k6/…` to the modules of this folder, files to a copy for each virtual user, as in k6, where nothing is shared
 * but by `SharedArray`. What k6 could not import is refused.
 */

import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const FOLDER = `${pathToFileURL(import.meta.dirname).href}/`
/** Those that know whose they are. */
const MODULES_OF_USERS = ['execution', 'timers', 'websockets', 'metrics', 'data']
const MODULES = new Map(MODULES_OF_USERS.map(name => [`k6/${name}`, `${FOLDER}${name}.ts`]))

/** Once, before the first script is imported. */
export function registerK6Modules(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const parent = context.parentURL ?? ''
      const user = /\?vu=(\d+)$/.exec(parent)?.[1]
      if (user === undefined || parent.startsWith(FOLDER)) return nextResolve(specifier, context)
      const standIn = MODULES.get(specifier)
      if (standIn !== undefined) return { url: `${standIn}?vu=${user}`, shortCircuit: true }
      if (!specifier.startsWith('.')) throw new Error(whyRefused(specifier, parent))
      const { url } = nextResolve(specifier, context)
      return { url: `${url}?vu=${user}`, shortCircuit: true }
    },
  })
}

function whyRefused(specifier: string, parent: string): string {
  const what = specifier.startsWith('k6') ? 'is not in this stand-in' : 'is no module of k6, and no file'
  return `"${specifier}", imported by ${fileURLToPath(parent.split('?')[0]!)}, ${what}; there are ${[...MODULES.keys()].join(', ')}`
}
