/** Puts a stack back as it was found: at the end of a run, and at the next start where a harness was killed. Nothing is ever removed. */

import { setTimeout as sleep } from 'node:timers/promises'
import { startIfEnded } from './compose-instance.ts'
import { type Change, type FoundStackRecord, findStackRecords, forgetStackRecord } from './compose-journal.ts'
import { PROJECT_LABEL } from './compose-project.ts'
import { answered, type Inspected } from './compose-stack.ts'
import { asUpdate } from './cpu-quota.ts'
import { type Container, type Engine, engineAddress, engineMessage, engineStatus, findEngine } from './docker-engine.ts'
import { isOwnerGone } from './owner.ts'

/** An ended container is running within a second of its start; a busy machine needs longer. */
const RUNNING_WITHIN_MS = 15_000
/** A drain's own deadline, and a margin. */
const ENDED_WITHIN_MS = 25_000
const POLL_MS = 100

/**
 * Undoes the change. Resolves with what was done in words, null where there was nothing to do: somebody has done it already, or the container is
 * not there any more. Throws where the engine refuses.
 */
export async function undoChange(engine: Engine, change: Change): Promise<string | null> {
  const { container: id, name, undo, limits } = change
  const container = engine.getContainer(id)
  const found = await inspectOrNull(container)
  if (found === null) return null
  switch (undo) {
    case 'resume':
      if (!found.State.Paused) return null
      await answered(container.unpause())
      return `${name} goes on`
    case 'start':
      if (found.State.Running && !(await endsSoon(container, change))) return null
      await startAgain(container)
      return `${name} is started again`
    case 'limits':
      await answered(container.update(asUpdate({ NanoCpus: 0, CpuQuota: 0, ...limits })))
      return `${name} has its share of the processor back`
  }
}

/** One that was told to go may still be on its way: the service takes 20 s at most. True where it has ended; else it has never heard of it. */
async function endsSoon(container: Container, { startedAt }: Pick<Change, 'startedAt'>): Promise<boolean> {
  const deadlineMs = performance.now() + ENDED_WITHIN_MS
  for (;;) {
    const found = await inspectOrNull(container)
    if (!found?.State.Running) return true
    if (found.State.StartedAt !== startedAt || performance.now() > deadlineMs) return false
    await sleep(POLL_MS)
  }
}

async function startAgain(container: Container): Promise<void> {
  await startIfEnded(container)
  const deadlineMs = performance.now() + RUNNING_WITHIN_MS
  while (!(await inspectOrNull(container))?.State.Running) {
    if (performance.now() > deadlineMs) throw new Error(`it does not run ${RUNNING_WITHIN_MS / 1000} s after its start`)
    await sleep(POLL_MS)
  }
}

async function inspectOrNull(container: Container): Promise<Inspected | null> {
  try {
    return await answered(container.inspect())
  } catch (error) {
    if (engineStatus(error) === 404) return null
    throw error
  }
}

/**
 * Undoes what runs whose harness was killed have left in stacks, and tells what. A stack that was taken down meanwhile stays down. Resolves with the ids of
 * the runs of which something is still to be undone.
 */
export async function undoGoneRuns(onProgress: (line: string) => void): Promise<string[]> {
  const left: string[] = []
  for (const record of findStackRecords()) {
    if ((await isGone(record)) && !(await undoRecord(record, onProgress))) left.push(record.runId)
  }
  return left
}

/** A harness in a container is gone with it, whoever asks. */
async function isGone({ owner, within, engine: address }: FoundStackRecord): Promise<boolean> {
  if (isOwnerGone(owner)) return true
  if (within === null || address !== engineAddress()) return false
  const { engine } = await findEngine()
  if (engine === null) return false
  try {
    return !(await inspectOrNull(engine.getContainer(within)))?.State.Running
  } catch {
    return false
  }
}

async function undoRecord(record: FoundStackRecord, onProgress: (line: string) => void): Promise<boolean> {
  const { project, runId, open } = record
  const stack = `the stack ${project}, which run ${runId} was breaking when it was killed`
  try {
    if (open.length > 0) {
      // Containers of another engine are not to be had by this one.
      if (record.engine !== engineAddress()) return false
      const { engine } = await findEngine()
      if (engine === null) return false
      const done = (await isUp(engine, project)) ? await undoAll(engine, open) : ['it is down by now, and stays so']
      onProgress(`${stack}: ${done.join(', ') || 'nothing is left to be undone'}`)
    }
    forgetStackRecord(record)
    return true
  } catch (error) {
    onProgress(
      `${stack}, could not be put right: ${engineMessage(error)}. \`docker-compose up -d\` starts what has ended.`,
    )
    return false
  }
}

async function undoAll(engine: Engine, open: readonly Change[]): Promise<string[]> {
  const done: string[] = []
  for (const change of open) done.push((await undoChange(engine, change)) ?? '')
  return done.filter(Boolean)
}

/** Whether any of its containers runs, whose absence would mean that somebody has stopped all of them. */
async function isUp(engine: Engine, project: string): Promise<boolean> {
  const filters = { label: [`${PROJECT_LABEL}=${project}`], status: ['running'] }
  return (await answered(engine.listContainers({ filters }))).length > 0
}
