/**
 * A run with `--load none`: cluster up → addresses told → wait for the load of somebody else → faults → wait until it has gone → what was seen is saved.
 *
 * The plan's times count from when the other generator should begin, as near as the harness can know: from its first connection, after the time that it
 * takes to connect all clients and to warm up. Nothing of the load is judged.
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AddressList } from './address-list.ts'
import { standing } from './checkers/standing.ts'
import type { Cluster } from './cluster/cluster.ts'
import { ConnectionWatch } from './connection-watch.ts'
import { loadByHand } from './k6/by-hand.ts'
import { fileName } from './k6/script.ts'
import { K6_LEAD_MS } from './k6/timing.ts'
import { K6_FOLDER } from './k6/write-script.ts'
import { monotonicMs } from './monotonic.ts'
import { IS_PACKAGE, PROJECT_FOLDER } from './project.ts'
import { describeEnvironment } from './reports/result.ts'
import { rerunCommand, shellWord } from './rerun-command.ts'
import { announceMetrics, bringUpCluster, pausesOfRedis, watchMemory } from './run-cluster.ts'
import type { Run } from './run-context.ts'
import { lastHealing } from './run-ending.ts'
import { saveFacts, saveRunFile } from './run-folder.ts'
import { loadAndFaults, paceMs, visitedRooms, visitsOf } from './run-load.ts'
import { isFilePath } from './scenario/catalogue.ts'
import { VisitorProcess } from './visitors/visitor-process.ts'

/** Time to start the other generator by hand. */
const LOAD_WAIT_MS_MAX = 60_000
/** Beyond the scenario's time to settle: the other generator says goodbye. */
const GOODBYE_MS_MAX = 15_000

/** Everything that touches the world; what was seen is in the run's folder when it resolves. */
export async function observeWithoutLoad(run: Run, startedAt: Date): Promise<void> {
  const { plan, folder, narrator, interruption } = run
  await using cluster = await bringUpCluster(run)
  using _metrics = announceMetrics(run, cluster)
  const list = new AddressList(plan, cluster)
  using watch = new ConnectionWatch(cluster.instances)
  await using visitors = new VisitorProcess({
    rooms: visitedRooms(run),
    logPath: join(folder.path, 'logs/visitors.log'),
  })
  const zeroAtMs = await waitForLoad(run, cluster, watch)
  narrator.beginLoad(zeroAtMs)
  using memory = watchMemory(run, cluster, zeroAtMs)
  const { faults } = await loadAndFaults(run, { cluster, visitors, fleet: null, list }, zeroAtMs)
  interruption.throwIfInterrupted()
  narrator.phase('waiting until the load has gone')
  await watch.waitUntil(count => count === 0, plan.settleMsMax + GOODBYE_MS_MAX, interruption.signal)
  interruption.throwIfInterrupted()
  const residue = await cluster.residue(standing(plan, faults))
  saveRunFile(folder, {
    schema: 1,
    workers: 0,
    loadOfOthers: { connectionsMax: watch.connectionsMax },
    zeroAtMs,
    rollCallAtMs: null,
    healedAtMs: lastHealing(plan, faults),
    residue,
    aborted: null,
    faults,
    visits: visitsOf(visitors, zeroAtMs),
    logs: plan.rooms.map(() => null),
    memory: await memory.end(),
  })
  saveFacts(folder, {
    driver: cluster.driver,
    startedAt: startedAt.toISOString(),
    durationsSeconds: narrator.durationsSeconds(),
    command: rerunCommand(run.command, cluster.driver),
    environment: describeEnvironment(cluster),
    ...(await pausesOfRedis(run, cluster, zeroAtMs)),
    limitsFrom: run.limitsFrom,
  })
}

/** The monotonic time of the plan's 0. */
async function waitForLoad(run: Run, { instances, balancer }: Cluster, watch: ConnectionWatch): Promise<number> {
  const { plan, narrator, interruption, id, command } = run
  const entries = balancer === null ? instances.slice(0, plan.instancesAtStart) : [balancer]
  const urls = entries.map(({ host, port }) => `ws://${host}:${port}`)
  const variables = [`TUESDAY_URLS=${urls.join(',')}`, `TUESDAY_RUN=${id}`, `TUESDAY_SEED=${plan.seed}`]
  if (plan.faults.length > 0) variables.push('TUESDAY_FAULTS=beside')
  const hasScript = existsSync(join(PROJECT_FOLDER, K6_FOLDER, fileName(plan.scenario)))
  const word = shellWord(IS_PACKAGE && isFilePath(command.name) ? resolve(command.name) : command.name)
  const lines = loadByHand({ name: plan.scenario, word, variables, hasScript, isPackage: IS_PACKAGE })
  for (const line of lines) narrator.say(line)
  narrator.phase('waiting for the load')
  const hasCome = await watch.waitUntil(count => count > 0, LOAD_WAIT_MS_MAX, interruption.signal)
  interruption.throwIfInterrupted()
  if (!hasCome) narrator.say(`nobody has connected within ${LOAD_WAIT_MS_MAX / 1000} s: going on all the same`)
  narrator.phase('warm-up')
  return monotonicMs() + paceMs(run) + K6_LEAD_MS + plan.warmUpMs
}
