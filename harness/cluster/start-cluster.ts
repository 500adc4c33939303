/**
 * Starts a cluster with the driver that was asked for, or else with the one that this machine has.
 */

import assert from 'node:assert/strict'
import { IS_PACKAGE, PROJECT_FOLDER } from '../project.ts'
import { type Cluster, ClusterError, type ClusterOptions, type DriverName, type OwnDriverName } from './cluster.ts'
import { startDockerCluster } from './docker-cluster.ts'
import { engineAddress, findEngine } from './docker-engine.ts'
import { startProcessCluster } from './process-cluster.ts'

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/

/** What a run uses: the driver that was asked for, or else docker where an engine answers. */
export async function chooseDriver(driver: DriverName | null): Promise<DriverName> {
  if (driver !== null) return driver
  return (await findEngine()).engine === null ? 'process' : 'docker'
}

/**
 * `driver` null: docker where an engine answers, else process. Resolves when every instance is ready. Throws {@link ClusterError} where
 * the environment is not as needed, and the reason of `abort` (for Ctrl-C while things start) where that comes first; either way
 * everything that was started is cleared away before.
 */
export async function startCluster(
  driver: OwnDriverName | null,
  options: ClusterOptions,
  abort: AbortSignal | null = null,
): Promise<Cluster> {
  assert.match(options.runId, RUN_ID, 'The run id has to be fit for the names of files, containers and networks.')
  if (driver === 'process') return startProcessCluster(options, abort)
  const answer = await findEngine()
  if (answer.engine !== null) return startDockerCluster(answer.engine, PROJECT_FOLDER, options, abort)
  if (driver === null) return startProcessCluster(options, abort)
  throw new ClusterError(
    `No Docker engine answers at ${engineAddress()} (${answer.problem}). ` +
      `Start one${IS_PACKAGE ? '' : ' (`npm run setup -- --all` installs and starts it on Debian)'}, or use \`--driver process\`.`,
  )
}
