/**
 * Where a run's Redis, as a child process, keeps its append-only file. With `appendfsync always` each write waits for the disk, and a disk that is busy
 * with something else, such as the packages that `npm ci` has just written, holds up every message for as long: no fault of the service. What is in
 * memory outlives Redis as well, and only Redis is ever killed, not the machine.
 */

import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** Linux has one, for all users. Others have none. */
const MEMORY_FOLDER = '/dev/shm'
/** `TMPFS_MAGIC` of linux/magic.h, which statfs(2) tells as the type. */
const TMPFS = 0x01_02_19_94
/** A file that outgrew it would end Redis. Containers often have no more than 64 MiB. */
const ROOM_BYTES_MIN = 2 * 2 ** 30

export interface RedisFolder {
  /** Absolute. It holds nothing else. */
  readonly path: string
  /** For the user: where, and on disk also why. */
  readonly description: string
}

/** Makes the folder: in memory where this machine has room, else in the run's folder. */
export function makeRedisFolder(runId: string, runFolder: string, memoryFolder = MEMORY_FOLDER): RedisFolder {
  const path = join(memoryFolder, folderName(runId))
  try {
    checkMemory(memoryFolder)
    // Also fails where something has that name: everybody can write there.
    mkdirSync(path, { mode: 0o700 })
    return { path, description: `in memory (${memoryFolder})` }
  } catch (error) {
    const onDisk = join(runFolder, 'redis')
    mkdirSync(onDisk, { recursive: true })
    return { path: onDisk, description: `on disk, whose pauses become latencies: ${(error as Error).message}` }
  }
}

/** What a killed harness has left there. */
export function removeFromMemory(runId: string, memoryFolder = MEMORY_FOLDER): void {
  rmSync(join(memoryFolder, folderName(runId)), { recursive: true, force: true })
}

function checkMemory(folder: string): void {
  const { type, bavail, bsize } = statfsSync(folder)
  if (type !== TMPFS) throw new Error(`${folder} is not in memory`)
  if (bavail * bsize < ROOM_BYTES_MIN) {
    throw new Error(`${folder} has less than ${ROOM_BYTES_MIN / 2 ** 30} GiB free`)
  }
}

function folderName(runId: string): string {
  return `tuesday-redis-${runId}`
}
