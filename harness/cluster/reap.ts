/**
 * Leftovers of runs whose harness was killed. Only things whose owner is certainly gone are touched.
 */

import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { killGroup } from './child.ts'
import { undoGoneRuns } from './compose-undo.ts'
import { engineMessage, findEngine, type Labels, OWNER_LABEL, removeLabelled } from './docker-engine.ts'
import { type FoundJournalRecord, findJournalRecords } from './journal-record.ts'
import { isOwnerGone, isProcessAlive, parseOwner } from './owner.ts'
import { releaseGoneBlocks } from './ports.ts'
import { removeFromMemory } from './redis-folder.ts'
import { type FoundRecord, findRunRecords } from './run-record.ts'
import { stateFolder } from './state-folder.ts'

/** After SIGKILL the kernel needs some milliseconds until ports and files are free again. */
const GONE_WITHIN_MS = 5_000
const GONE_POLL_MS = 20

/**
 * Kills processes, removes containers and networks, gives back ports and puts adopted stacks back of runs whose owner is gone, and tells what. Without
 * a Docker engine its part is left out. Resolves with the journals of those runs of which nothing is left: what they tell to be broken is gone.
 */
export async function reapLeftovers(onProgress: (line: string) => void): Promise<FoundJournalRecord[]> {
  for (const record of findRunRecords()) {
    if (isOwnerGone(record.owner)) await reapRecord(record, onProgress)
  }
  const withStacks = await undoGoneRuns(onProgress)
  const areContainersGone = await reapContainers(onProgress)
  releaseGoneBlocks(stateFolder())
  const withProcesses = findRunRecords().map(({ runId }) => runId)
  return findJournalRecords().filter(({ owner, runId, driver }) => {
    const isCleared = {
      docker: areContainersGone,
      process: !withProcesses.includes(runId),
      compose: !withStacks.includes(runId),
    }
    return isCleared[driver] && isOwnerGone(owner)
  })
}

async function reapRecord(record: FoundRecord, onProgress: (line: string) => void): Promise<void> {
  const alive = record.children.filter(isProcessAlive)
  for (const child of alive) killGroup(child.pid)
  const deadlineMs = performance.now() + GONE_WITHIN_MS
  while (alive.some(isProcessAlive) && performance.now() < deadlineMs) await sleep(GONE_POLL_MS)
  const left = alive.filter(isProcessAlive)
  if (left.length > 0) {
    onProgress(`processes of run ${record.runId} do not end: ${left.map(child => child.pid).join(', ')}`)
    return
  }
  removeFromMemory(record.runId)
  rmSync(record.path, { force: true })
  if (alive.length > 0) onProgress(`reaped of run ${record.runId}: ${alive.map(child => child.name).join(', ')}`)
}

/** Whether nothing of them is left. */
async function reapContainers(onProgress: (line: string) => void): Promise<boolean> {
  const answer = await findEngine()
  if (answer.engine === null) return false
  try {
    const { containers, networks } = await removeLabelled(answer.engine, isLeftover)
    if (containers.length + networks.length > 0) {
      onProgress(`reaped: ${[...containers, ...networks.map(name => `network ${name}`)].join(', ')}`)
    }
    return true
  } catch (error) {
    onProgress(`leftover containers could not all be removed: ${engineMessage(error)}`)
    return false
  }
}

/** Things without an owner that can be read are left alone. */
export function isLeftover(labels: Labels): boolean {
  const owner = parseOwner(labels[OWNER_LABEL] ?? '')
  return owner !== null && isOwnerGone(owner)
}
