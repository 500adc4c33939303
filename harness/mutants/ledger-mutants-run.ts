/**
 * The saved run that the ledger mutants damage: small, honest, with a kill and a stop, and with enough samples for its budgets. It is simulated,
 * not measured, so that it is the same on every machine; written and read it is like any other.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HttpLine } from '../ledger/http-records.ts'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import type { LedgerLine, RunFile } from '../ledger/ledger-records.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { defineScenario } from '../scenario/scenario.ts'
import { simulate } from '../test-histories/honest-service.ts'
import { honestHttp } from '../test-histories/http-history.ts'
import { CALM } from '../test-histories/mood.ts'
import { saveHistory } from '../test-histories/saved-history.ts'
import { rawRecordsOf, type TestHistory } from '../test-histories/test-history.ts'
import type { Judgement } from '../verdict/judgement.ts'
import { judge } from '../verdict/verdict.ts'

/** The files of `ledger/`, line by line. */
export interface SavedRun {
  /** By worker. */
  readonly workers: readonly (readonly LedgerLine[])[]
  readonly run: RunFile
  /** Of the HTTP load. */
  readonly http: readonly HttpLine[]
}

const SEED = 11

/** Every count has a budget of 0, so that whatever a mutant leaves behind is told. */
export const SCENARIO = defineScenario({
  about: 'What the ledger mutants damage.',
  topology: { instances: 3 },
  load: { rooms: 2, clients: 12, messagesPerSecond: 60, textBytes: 64, seconds: 14, warmUpSeconds: 1 },
  http: [
    { path: 'readyz', requestsPerSecond: 90, connections: 6 },
    { path: 'publish', requestsPerSecond: 90, connections: 3 },
  ],
  faults: [
    { kind: 'kill-instance', target: 'chat-2', atSeconds: 3, downSeconds: 0.5 },
    { kind: 'stop-instance', target: 'chat-3', atSeconds: 8, downSeconds: 0.5 },
  ],
  budgets: {
    late: 0,
    duplicatedOnWire: 0,
    rejected: 0,
    unknown: 0,
    // A third of the clients come back after each fault, and not all of them in one second.
    reconnectsPerSecondMax: 8,
    connectsFailed: 0,
    crossInstanceP99Ms: { steady: 100 },
    ackP90Ms: { steady: 100 },
    detectSeconds: 0.3,
    reconnectSeconds: 3,
    firstCrossSeconds: 3,
    steadyAgainSeconds: 5,
    readyzP99Ms: 50,
    publishP99Ms: 50,
  },
})

export const PLAN: Plan = makePlan('ledger-mutants', SCENARIO, SEED)

/** The client that is wronged: it began on the instance that is killed, so that it has come back once. */
export const VICTIM = PLAN.clients.findIndex(({ instance }) => PLAN.instances[instance] === PLAN.faults[0]!.target)

const WORKERS = 2
const TOLD_AFTER_JOIN_MS = 5
/** Later than anything else of the run. */
const COUNTED_AFTER_ROLL_CALL_MS = 15_000

/** Written by the real writer. */
export async function honestRun(): Promise<SavedRun> {
  const history = simulate({ plan: PLAN, seed: SEED, workers: WORKERS, mood: CALM })
  return inFolder(async folder => {
    await saveHistory(folder, history, measured(history))
    const workers = Array.from({ length: WORKERS }, (_, worker) => {
      const text = readFileSync(workerPath(folder, worker), 'utf8')
      return text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as LedgerLine)
    })
    const { lines, logs } = honestHttp(PLAN)
    return { workers, run: { ...history.run, httpLogs: logs }, http: lines }
  })
}

/** Saves it, reads it, judges it, as `npm run check` does with a run's folder. */
export async function judgeSavedRun({ workers, run, http }: SavedRun): Promise<Judgement> {
  return inFolder(async folder => {
    mkdirSync(join(folder, 'ledger'))
    writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
    for (const [worker, lines] of workers.entries()) writeLines(workerPath(folder, worker), lines)
    writeLines(join(folder, 'ledger', 'http.jsonl'), http)
    return judge(PLAN, SCENARIO.budgets, await readLedger(folder, PLAN))
  })
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-mutant-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeLines(path: string, lines: readonly (LedgerLine | HttpLine)[]): void {
  writeFileSync(path, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
}

function workerPath(folder: string, worker: number): string {
  return join(folder, 'ledger', `worker-${worker}.jsonl`)
}

/** By worker: the latencies of the load, and what the generator says of itself. */
function measured(history: TestHistory): LedgerLine[][] {
  const instanceOfSend = new Map<number, number>()
  for (const record of rawRecordsOf(history)) if (record[0] === 'sent') instanceOfSend.set(record[1], record[2])
  return history.workers.map((records, worker) => {
    const latencies = timed(new LatencyHistograms(worker), records, instanceOfSend)
    const lines = latencies
      .flush(Number.POSITIVE_INFINITY)
      .map(({ kind, slice, histogram, overflow }) => ['latency', kind, slice, histogram, overflow] as const)
    const sends = PLAN.messages.client.filter(client => client % WORKERS === worker).length
    return [...lines, ...told(history, worker), ['generator', 0.2, sends, sends]]
  })
}

/** After each join everybody is told how many are in each room: all of its members, once the last of them is back. */
function told(history: TestHistory, worker: number): LedgerLine[] {
  const { run } = history
  const endAtMs = run.zeroAtMs! + run.rollCallAtMs! + COUNTED_AFTER_ROLL_CALL_MS
  const joins = rawRecordsOf(history).filter(record => record[0] === 'joined')
  const timesMs = joins.map(record => record[6] + run.zeroAtMs! + TOLD_AFTER_JOIN_MS).sort((a, b) => a - b)
  const rooms = PLAN.rooms.flatMap((_, room): LedgerLine[] => {
    const all = [...PLAN.clients.keys()].filter(client => PLAN.clients[client]!.rooms.includes(room))
    const own = all.filter(client => client % WORKERS === worker)
    if (own.length === 0) return []
    return [
      ['count-members', room, own],
      ...timesMs.map(atMs => ['count', room, [all.length, all.length], atMs, [0, own.length - 1]] as const),
    ]
  })
  return [...rooms, ['counted-until', endAtMs]]
}

function timed(
  latencies: LatencyHistograms,
  records: readonly RawRecord[],
  instanceOfSend: ReadonlyMap<number, number>,
): LatencyHistograms {
  const instanceOf = new Map<number, number>()
  const take = (kind: 'cross' | 'same' | 'ack' | 'sendLag', number: number, atMs: number) => {
    const plannedAtMs = PLAN.messages.atMs[number]
    if (plannedAtMs !== undefined) latencies.record(kind, Math.floor(plannedAtMs / 1000), atMs - plannedAtMs)
  }
  for (const record of records) {
    if (record[0] === 'opened') instanceOf.set(record[1], record[2])
    else if (record[0] === 'sent') take('sendLag', record[1], record[3])
    else if (record[0] === 'acked') take('ack', record[1], record[5])
    else if (record[0] === 'delivered') {
      const [, client, , , , number, atMs] = record
      take(instanceOfSend.get(number) === instanceOf.get(client) ? 'same' : 'cross', number, atMs)
    }
  }
  return latencies
}
