/**
 * One run, step by step:
 *
 * scenario → plan(seed) → cluster up → warm up → load ‖ faults → heal → settle → roll call → final reads → ledger saved → judged →
 * reported
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { AddressList } from './address-list.ts'
import { refuseOnStack, scenarioOnStack } from './adopted-stack.ts'
import { standing } from './checkers/standing.ts'
import { findStack } from './cluster/compose-stack.ts'
import { forgetJournalRecord } from './cluster/journal-record.ts'
import { reapLeftovers } from './cluster/reap.ts'
import { chooseDriver } from './cluster/start-cluster.ts'
import { closeJournal } from './faults/journal.ts'
import type { Interruption } from './interruption.ts'
import { judgeRun } from './judge-run.ts'
import type { RunFile } from './ledger/ledger-records.ts'
import { makePlan } from './plan/make-plan.ts'
import { RUNS_FOLDER, SCENARIO_FOLDER } from './project.ts'
import { Narrator } from './reports/narrator.ts'
import { describeEnvironment } from './reports/result.ts'
import type { Screen } from './reports/screen.ts'
import { rerunCommand } from './rerun-command.ts'
import {
  announceMetrics,
  bringUpCluster,
  pagesFor,
  pausesOfRedis,
  refuseForeignRedis,
  startFleet,
  startHttpLoad,
  watchMemory,
  workersFor,
} from './run-cluster.ts'
import type { Run } from './run-context.ts'
import { callRoll, finalReads, lastHealing, readHttpLogs, settle, settleCounts } from './run-ending.ts'
import { createRunFolder, saveFacts, savePlan, saveRunFile } from './run-folder.ts'
import { beginHttpLoad, beginLoad, loadAndFaults, visitedRooms, visitsOf, warmUp } from './run-load.ts'
import { observeWithoutLoad } from './run-without-load.ts'
import { loadBudgets } from './scenario/budgets-file.ts'
import { loadScenario } from './scenario/catalogue.ts'
import { applyOverrides, limitOrigins } from './scenario/overrides.ts'
import type { ScenarioCommand } from './scenario-command.ts'
import { checkServiceFolder } from './service-folder.ts'
import { VisitorProcess } from './visitors/visitor-process.ts'

/** Runs a scenario and judges it. Resolves with the exit code; throws what the user has to put right, and `Interrupted`. */
export async function runScenario(
  command: ScenarioCommand,
  interruption: Interruption,
  screen: Screen,
): Promise<number> {
  const { print } = screen
  await clearAwayDeadRuns(print)
  const loaded = await loadScenario(command.name, SCENARIO_FOLDER)
  const { name, scenario: written, file } = loaded
  const budgets = await loadBudgets(loaded, command.budgetsFile, SCENARIO_FOLDER)
  if (budgets !== null) print(`budgets from ${budgets.file}: ${Object.keys(budgets.budgets).join(', ')}`)
  const asked = applyOverrides(written, command.overrides, file, budgets)
  const stack =
    command.driver === 'compose' ? await findStack(command.composeProject, line => print(`  ${line}`)) : null
  const scenario =
    stack === null ? asked : scenarioOnStack(asked, stack, { file, balancer: command.overrides.balancer })
  if (asked.topology.instances !== scenario.topology.instances)
    print(
      `  ${scenario.topology.instances} instances, as many as run there, instead of the scenario's ${asked.topology.instances}`,
    )
  const limitsFrom = limitOrigins(written, command.overrides, budgets)
  if (command.serviceFolder !== null) checkServiceFolder(command.serviceFolder)
  const plan = makePlan(name, scenario, command.seed)
  if (command.redisUrl !== null) refuseForeignRedis(plan)
  if (stack !== null) refuseOnStack(plan, stack)
  const isLoaded = command.load === 'harness'
  const driver = await chooseDriver(command.driver)
  const workers = isLoaded ? workersFor(command, plan, scenario, driver) : 0
  const pages = isLoaded ? pagesFor(plan, driver) : undefined
  const startedAt = new Date()
  const folder = createRunFolder(RUNS_FOLDER, name.replaceAll('/', '-'), command.out, startedAt)
  savePlan(folder, plan, scenario)
  const { metricsPort, metricsHost } = command
  const { budgets: limits } = scenario
  await using narrator = await Narrator.start({ plan, budgets: limits, metricsPort, metricsHost, screen })
  const id = randomBytes(4).toString('hex')
  const run: Run = {
    command,
    id,
    driver,
    scenario,
    limitsFrom,
    plan,
    stack,
    workers,
    pages,
    folder,
    narrator,
    interruption,
  }
  await (isLoaded ? observe(run, startedAt) : observeWithoutLoad(run, startedAt))
  narrator.endView()
  interruption.throwIfInterrupted()
  return judgeRun(folder, { reports: command.reports, print })
}

/** Of runs whose harness was killed; tells which of their faults were open then. */
async function clearAwayDeadRuns(print: (line: string) => void): Promise<void> {
  for (const record of await reapLeftovers(print)) {
    for (const { kind, target, undo } of closeJournal(record.journal)) {
      const told = `run ${record.runId} was killed during ${kind} on ${target}; to be undone was: ${undo}.`
      const since =
        record.driver === 'compose' ? 'The stack has been put back' : 'All of that run has been cleared away'
      print(`${told} ${since} (${record.journal}).`)
    }
    forgetJournalRecord(record)
  }
}

/** Everything that touches the world; what was seen is in the run's folder when it resolves. */
async function observe(run: Run, startedAt: Date): Promise<void> {
  const { plan, folder, narrator } = run
  await using cluster = await bringUpCluster(run)
  using _metrics = announceMetrics(run, cluster)
  const list = new AddressList(plan, cluster)
  await using fleet = await startFleet(run, list)
  await using httpLoad = await startHttpLoad(run)
  narrator.watch(() => fleet.status())
  await warmUp(run, fleet)
  await using visitors = new VisitorProcess({
    rooms: visitedRooms(run),
    logPath: join(folder.path, 'logs/visitors.log'),
  })
  const zeroAtMs = beginLoad(run, fleet)
  beginHttpLoad(run, httpLoad, cluster, zeroAtMs)
  using memory = watchMemory(run, cluster, zeroAtMs)
  const { faults, aborted } = await loadAndFaults(run, { cluster, visitors, fleet, list }, zeroAtMs)
  run.interruption.throwIfInterrupted()
  if (aborted !== null || fleet.failed.aborted) httpLoad?.stop()
  await httpLoad?.finish()
  await settle(run, fleet, 'settling', plan.rollCall.atMs.length)
  const residue = await cluster.residue(standing(plan, faults))
  const rollCallAtMs = (await callRoll(run, fleet)) - zeroAtMs
  await settle(run, fleet, 'roll call', 0, plan.rollCall.atMs.at(-1) ?? 0)
  await settleCounts(run, fleet, faults, zeroAtMs)
  const logs = await finalReads(run, list.addresses)
  const httpLogs = await readHttpLogs(run, list.addresses)
  await fleet.finish()
  const healedAtMs = lastHealing(plan, faults)
  const { workers } = fleet
  const visits = visitsOf(visitors, zeroAtMs)
  const file: RunFile = {
    schema: 1,
    workers,
    zeroAtMs,
    rollCallAtMs,
    healedAtMs,
    residue,
    aborted,
    faults,
    visits,
    logs,
    ...httpLogs,
    memory: await memory.end(),
  }
  saveRunFile(folder, file)
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
