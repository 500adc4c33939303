/** The front end as a child process of the demo: built where that is needed, and started as in production. */

import { setTimeout as sleep } from 'node:timers/promises'
import { inheritedEnvironment, spawnChild } from '../../harness/cluster/child.ts'
import { ClusterError } from '../../harness/cluster/cluster.ts'
import { describeLog, logPath } from '../../harness/cluster/instance-log.ts'
import type { RunRecord } from '../../harness/cluster/run-record.ts'
import { httpGet } from '../../harness/http-get.ts'
import { PROJECT_FOLDER } from '../../harness/project.ts'
import { buildFrontEnd, FrontEndBuildError } from '../build-once.ts'

const HOST = '127.0.0.1'
/** A server that is built is up within two seconds; this allows for a busy machine. */
const ANSWER_WITHIN_MS = 30_000
const ANSWER_POLL_MS = 100
const ANSWER_MS_MAX = 2_000

export interface FrontEndOptions {
  readonly port: number
  /** Absolute; its log goes to `<folder>/logs/web.log`. */
  readonly folder: string
  /** For the server, besides what it needs of this process's own. */
  readonly environment: Readonly<Record<string, string>>
  readonly record: RunRecord
  readonly onProgress: (line: string) => void
  readonly abort: AbortSignal
}

export interface FrontEnd extends AsyncDisposable {
  /** Resolves when the server has ended, whatever the reason. */
  readonly ended: Promise<void>
  /** Of its log, and where that is. */
  lastLines(): string
}

/** Resolves when the page's server answers. Throws {@link ClusterError} where it cannot be built or does not get up, and the reason of `abort`. */
export async function startFrontEnd(options: FrontEndOptions): Promise<FrontEnd> {
  const { port, folder, environment, record, onProgress, abort } = options
  const built = await builtServer(onProgress, abort)
  onProgress('starting the front end')
  const log = logPath(folder, 'web')
  const child = spawnChild(
    {
      name: 'web',
      command: process.execPath,
      arguments: [built],
      folder: PROJECT_FOLDER,
      environment: {
        ...inheritedEnvironment(),
        ...environment,
        HOSTNAME: HOST,
        PORT: String(port),
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
      },
      logPath: log,
    },
    record,
  )
  await using stack = new AsyncDisposableStack()
  stack.defer(() => child.remove())
  const { life } = child
  const deadlineMs = performance.now() + ANSWER_WITHIN_MS
  while (!(await isAnswering(port))) {
    abort.throwIfAborted()
    if (!life.isRunning || performance.now() > deadlineMs) {
      const what = life.isRunning ? `has not answered within ${ANSWER_WITHIN_MS / 1000} s` : 'has ended'
      throw new ClusterError(`The front end ${what}. ${describeLog(log)}`)
    }
    await sleep(ANSWER_POLL_MS)
  }
  const things = stack.move()
  return {
    ended: life.ended.then(
      () => {},
      () => {},
    ),
    lastLines: () => describeLog(log),
    [Symbol.asyncDispose]: () => things.disposeAsync(),
  }
}

async function builtServer(onProgress: (line: string) => void, abort: AbortSignal): Promise<string> {
  try {
    return await buildFrontEnd({
      onBuild: () =>
        onProgress('building the front end, which takes a minute, and is needed again only when it is changed'),
      abort,
    })
  } catch (error) {
    throw error instanceof FrontEndBuildError ? new ClusterError(error.message) : error
  }
}

async function isAnswering(port: number): Promise<boolean> {
  const answer = await httpGet({ host: HOST, port, path: '/healthz', msMax: ANSWER_MS_MAX })
  return answer?.status === 200
}
