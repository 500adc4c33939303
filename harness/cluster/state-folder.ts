/**
 * The folder in which all runs of one user on one machine meet: what each has started, and which ports each holds. It outlives a run that
 * was killed, which is how the next one finds the leftovers.
 */

import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from './cluster.ts'

/** Makes the folder where it is missing. Throws {@link ClusterError} where somebody else's thing has its name. */
export function stateFolder(): string {
  const folder = join(tmpdir(), 'tuesday-harness')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  const isOurs = process.getuid === undefined || found.uid === process.getuid()
  // What stands in it decides which processes get killed, so nobody else may write it.
  if (!found.isDirectory() || !isOurs) {
    throw new ClusterError(
      `${folder} should be a folder of the user who runs the harness, and is not. Remove it, or set TMPDIR to a folder of your own.`,
    )
  }
  return folder
}

/** A name that no other process uses, for what is made aside and then moved into its place in one step. */
export function uniqueSuffix(): string {
  return `${process.pid}-${randomBytes(6).toString('hex')}`
}
