/**
 * The process of one load worker, started by `fleet.ts`, which it obeys over the message channel. Ends by itself when the channel breaks,
 * since nobody would read what it finds.
 */

import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setPriority } from 'node:os'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { monotonicMs } from '../monotonic.ts'
import type { Plan } from '../plan/plan.ts'
import type { Target } from '../targets/target.ts'
import { TuesdayTarget } from '../targets/tuesday.ts'
import type { FromWorker, PagesSetUp, ToWorker, WorkerSetUp } from './load-messages.ts'
import { LoadRecorder } from './load-recorder.ts'
import { LoadWorker } from './load-worker.ts'
import { NoiseProbe } from './noise-probe.ts'

const STATUS_EVERY_MS = 250
/** Of the worker's time, and so of what its clients would have to wait for: with tens of thousands of them, statuses are fewer. */
const STATUS_SHARE_MAX = 0.01
const STATUS_EVERY_MS_MAX = 2000
/** Before the system under test, which shares the machine: what the generator is late by would be counted as the service's latency. */
const PRIORITY = -10

let load: LoadWorker | null = null
/** What the worker has opened beside the load's connections. */
const opened = new AsyncDisposableStack()
let noise: NoiseProbe | null = null
let reporting: NodeJS.Timeout | null = null

function tell(message: FromWorker): void {
  process.send!(message)
}

/** And again, after as long as this one may have taken. */
function report(): void {
  const start = process.threadCpuUsage()
  tell({ is: 'status', status: load!.status() })
  const { user, system } = process.threadCpuUsage(start)
  const rareMs = (user + system) / 1000 / STATUS_SHARE_MAX
  reporting = setTimeout(report, Math.min(STATUS_EVERY_MS_MAX, Math.max(STATUS_EVERY_MS, rareMs)))
}

async function setUp(given: WorkerSetUp): Promise<LoadWorker> {
  const { worker, workers, planPath, ledgerPath, connectsPerSecond, echoPort, pages } = given
  const plan = JSON.parse(readFileSync(planPath, 'utf8')) as Plan
  const histograms = new LatencyHistograms(worker)
  const recorder = new LoadRecorder(plan, new LedgerWriter(ledgerPath), histograms, monotonicMs)
  if (pages === null) preferThisProcess()
  const target = pages === null ? socketTarget(given, plan) : await pageTarget(given, pages)
  noise = await NoiseProbe.open({ port: echoPort, histograms, loadMs: plan.loadMs })
  return new LoadWorker({ plan, worker, workers, target, recorder, connectsPerSecond })
}

function socketTarget({ addresses, welcomeNames, runId, idlePingMs }: WorkerSetUp, plan: Plan): Target {
  return new TuesdayTarget({
    addresses,
    welcomeNames,
    roomPrefix: `${runId}.`,
    senderPrefix: `${runId}-`,
    random: Math.random,
    clientsOfRun: plan.clients.length,
    idlePingMs,
  })
}

/** Loaded where it is needed alone: with it comes all of what drives a browser. */
async function pageTarget(
  { addresses, welcomeNames, runId }: WorkerSetUp,
  pages: PagesSetUp,
): Promise<Pick<Target, 'createClient' | 'useAddresses'>> {
  const { PageTarget } = await import('../browsers/page-target.ts')
  const options = { addresses, welcomeNames, roomPrefix: `${runId}.`, ...pages, onFailure: fail }
  return opened.use(await PageTarget.open(options))
}

async function obey(message: ToWorker): Promise<void> {
  switch (message.is) {
    case 'set-up':
      load = await setUp(message.setUp)
      return tell({ is: 'ready' })
    case 'connect':
      reporting = setTimeout(report, STATUS_EVERY_MS)
      return load!.connect()
    case 'collect-garbage':
      collectGarbage()
      return tell({ is: 'garbage-collected' })
    case 'begin':
      noise!.begin(message.zeroAtMs)
      return load!.begin(message.zeroAtMs)
    case 'addresses':
      return load!.useAddresses(message.addresses)
    case 'stop-sending':
      return load!.stopSending()
    case 'go-home':
      return load!.goHome()
    case 'roll-call':
      return load!.rollCall(message.zeroAtMs)
    case 'finish': {
      if (reporting !== null) clearTimeout(reporting)
      noise?.[Symbol.dispose]()
      await load!.finish()
      await opened.disposeAsync()
      return tell({ is: 'finished' })
    }
  }
}

/**
 * What comes and goes while ten thousand clients connect leaves the heap full of holes, a fifth of the worker's memory. This kind of collection closes
 * them; it takes 0.2 s then.
 */
function collectGarbage(): void {
  globalThis.gc!({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** Not where pages are: a browser would be preferred, too. */
function preferThisProcess(): void {
  try {
    setPriority(PRIORITY)
  } catch {
    // Only root may. A generator that is then too late makes the run invalid, never wrong.
  }
}

function fail(error: unknown): void {
  tell({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}

// Now and not at the end, which may be a SIGKILL.
flushCompileCache()
process.on('message', (message: ToWorker) => void obey(message).catch(fail))
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
process.on('disconnect', () => process.exit(0))
