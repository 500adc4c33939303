/**
 * `npm run demo`: Redis, three instances and the front end on this machine, and a control server through which the page's panel kills, drains and
 * starts instances. Everything is on 127.0.0.1, and ends with Ctrl-C.
 *
 * Exit codes: 0 ended by Ctrl-C · 2 bad usage, or something is missing on this machine · 130 interrupted before it was up.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Cluster, ClusterError } from '../../harness/cluster/cluster.ts'
import { thisProcess } from '../../harness/cluster/owner.ts'
import { isPortFree } from '../../harness/cluster/ports.ts'
import { startProcessCluster } from '../../harness/cluster/process-cluster.ts'
import { reapLeftovers } from '../../harness/cluster/reap.ts'
import { openRunRecord } from '../../harness/cluster/run-record.ts'
import { Interrupted, Interruption } from '../../harness/interruption.ts'
import { PROJECT_FOLDER, RUNS_FOLDER } from '../../harness/project.ts'
import { WEBSOCKET_PATH } from '../../service/protocol.ts'
import { DEMO_HELP, DemoUsageError, parseDemo } from './command-line.ts'
import { startControlServer } from './control-server.ts'
import { DemoInstances } from './demo-instances.ts'
import type { DemoEvent } from './demo-state.ts'
import { startFrontEnd } from './front-end.ts'

const INSTANCES = 3
const ROOM = 'lobby'
const EXIT_UNUSABLE = 2
const EXIT_INTERRUPTED = 130

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  const command = parseDemo(process.argv.slice(2))
  if (command === null) {
    print(DEMO_HELP)
    return 0
  }
  using interruption = new Interruption(why => print(`${why}: ending all of it …`))
  let isUp = false
  try {
    await demo(command.port, interruption.signal, () => {
      isUp = true
    })
  } catch (error) {
    // Whatever was going on fails in its own way then.
    if (!interruption.signal.aborted) throw error
  }
  return isUp ? 0 : EXIT_INTERRUPTED
}

/** Returns when `abort` tells it to. */
async function demo(port: number, abort: AbortSignal, onUp: () => void): Promise<void> {
  if (!(await isPortFree(port))) {
    throw new ClusterError(
      `Port ${port}, which the page would have, is taken by another program. Choose another: npm run demo -- --port ${port + 1}`,
    )
  }
  await reapLeftovers(print)
  const runId = `demo-${process.pid}`
  const folder = join(RUNS_FOLDER, 'demo', `now-${process.pid}`)
  const origins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
  await using things = new AsyncDisposableStack()

  const cluster = things.use(await startProcessCluster(clusterOptions(runId, folder, origins), abort))
  const names = cluster.instances.map(({ name }) => name)
  const instances = new DemoInstances(cluster, names, { onEvent: printEvent, nowMs: Date.now })
  const control = things.use(await startControlServer(instances, { port: 0, origins }))
  const record = openRunRecord(`${runId}-web`, thisProcess())
  things.defer(() => record.close())
  const environment = {
    TUESDAY_WS_URLS: addressesOf(cluster).join(','),
    TUESDAY_GUESTS: 'allow',
    TUESDAY_DEMO_URL: control.url,
  }
  const frontEnd = things.use(await startFrontEnd({ port, folder, environment, record, onProgress: print, abort }))

  print(greeting(cluster, origins[0]!, folder))
  onUp()
  await Promise.race([aborted(abort), frontEnd.ended])
  if (!abort.aborted) throw new ClusterError(`The front end has ended by itself. ${frontEnd.lastLines()}`)
  await things.disposeAsync()
  // The logs stay where something failed.
  rmSync(folder, { recursive: true, force: true })
}

function clusterOptions(runId: string, folder: string, origins: readonly string[]) {
  return {
    runId,
    folder,
    instances: INSTANCES,
    appendFsync: 'everysec' as const,
    // The limits of the harness's clients are far away; people have those of the service.
    environment: { ORIGINS: origins.join(','), FRAMES_PER_SECOND: '50', FRAMES_BURST: '400' },
    redisUrl: null,
    serviceFolder: join(PROJECT_FOLDER, 'service'),
    onProgress: print,
  }
}

function addressesOf(cluster: Cluster): string[] {
  return cluster.instances.map(({ host, port }) => `ws://${host}:${port}${WEBSOCKET_PATH}`)
}

function greeting(cluster: Cluster, origin: string, folder: string): string {
  const page = (name: string) => `${origin}/?room=${ROOM}&name=${name}`
  const instances = cluster.instances.map(({ name }, index) => `  ${name}    ${addressesOf(cluster)[index]}`)
  return [
    '',
    'Tuesday is up. Open two people, and let the panel kill the instance that one of them is on:',
    '',
    `  ann       ${page('ann')}`,
    `  bob       ${page('bob')}`,
    '',
    ...instances,
    `  redis     ${cluster.redisUrl}  (${cluster.redisVersion})`,
    `  logs      ${join(folder, 'logs')}`,
    '',
    'Ctrl-C ends all of it.',
    '',
  ].join('\n')
}

function printEvent({ atMs, instance, what }: DemoEvent): void {
  print(`${new Date(atMs).toTimeString().slice(0, 8)}  ${instance} ${what}`)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = EXIT_INTERRUPTED
  else if (error instanceof ClusterError || error instanceof DemoUsageError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = EXIT_UNUSABLE
  } else throw error
}
