/** The folder that `--service` names: whether there is a service to start in it. */

import { statSync } from 'node:fs'
import { ClusterError } from './cluster/cluster.ts'
import { SOURCE_ENTRY, serviceEntry } from './cluster/service-entry.ts'

/**
 * Throws {@link ClusterError} where `path`, as the user wrote it, is not a folder with the source of a service. What the source does
 * is not looked at.
 */
export function checkServiceFolder(path: string): void {
  const found = whatIsWrong(path)
  if (found === null) return
  throw new ClusterError(
    `--service ${path}: expected a folder with the source of the service, ${SOURCE_ENTRY} among it; found ${found}. ` +
      'Name another one, or leave the flag out for Tuesday’s own service.',
  )
}

function whatIsWrong(path: string): string | null {
  const folder = statSync(path, { throwIfNoEntry: false })
  if (folder === undefined) return 'nothing there'
  if (!folder.isDirectory()) return 'a file'
  return serviceEntry(path) === null ? `no ${SOURCE_ENTRY} in it` : null
}
