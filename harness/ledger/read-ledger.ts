/** Reads a saved ledger back into the form that the checkers judge. */

import { join } from 'node:path'
import type { Plan } from '../plan/plan.ts'
import type { DeliveryRun, Ledger } from './ledger.ts'
import { type Draft, elementOf, emptyDraft, membershipOf } from './ledger-draft.ts'
import type { LedgerLine } from './ledger-records.ts'
import { CountReader } from './read-counts.ts'
import { readHttp } from './read-http.ts'
import { damagedFile, readLines } from './read-lines.ts'
import { readRunFile } from './run-file.ts'

export { LedgerError } from './run-file.ts'

/** One worker's view of the orders of rooms, and the runs that are to be filled from it. */
interface WorkerDraft {
  readonly worker: number
  readonly counts: CountReader
  readonly orders: Map<string, Map<number, number>>
  readonly unfilled: { readonly room: number; readonly run: DeliveryRun }[]
}

/** The ledger of a run's folder. Throws `LedgerError` where files are missing or damaged. */
export async function readLedger(folder: string, plan: Plan): Promise<Ledger> {
  const run = await readRunFile(join(folder, 'ledger', 'run.json'), plan)
  const draft = emptyDraft(plan, run.zeroAtMs ?? 0)
  for (let worker = 0; worker < run.workers; worker++) {
    await readWorker(join(folder, 'ledger', `worker-${worker}.jsonl`), worker, draft)
  }
  const http = await readHttp(join(folder, 'ledger', 'http.jsonl'), plan, run.httpLogs)
  const { rollCallAtMs, healedAtMs, residue, faults, logs, aborted = null, visits = [], memory, loadOfOthers } = run
  const { messages, clients, latencies, generators, late, deliveredIn, countedUntilMs } = draft
  return {
    messages,
    clients,
    latencies,
    generators,
    faults,
    rollCallAtMs,
    healedAtMs,
    residue,
    aborted,
    rooms: logs.map(log => ({ log })),
    late,
    countedUntilMs,
    visits,
    ...(deliveredIn === null ? {} : { deliveredIn }),
    ...(http === null ? {} : { http }),
    ...(memory === undefined ? {} : { memory }),
    ...(loadOfOthers === undefined ? {} : { loadOfOthers }),
  }
}

async function readWorker(path: string, worker: number, draft: Draft): Promise<void> {
  const counts = new CountReader(draft.zeroAtMs, (client, room, count) =>
    membershipOf(draft, client, room).counts.push(count),
  )
  const workerDraft: WorkerDraft = { worker, counts, orders: new Map(), unfilled: [] }
  await readLines<LedgerLine>(path, line => applyLine(line, draft, workerDraft))
  try {
    for (const { room, run } of workerDraft.unfilled) fillRun(run, workerDraft.orders.get(orderKey(room, run.epoch)))
  } catch (error) {
    throw damagedFile(path, error)
  }
}

/** The order may stand behind the runs in the file, so that runs are filled at its end. */
function fillRun(run: DeliveryRun, order: Map<number, number> | undefined): void {
  for (let index = 0; index < run.numbers.length; index++) {
    const number = order?.get(run.fromSeq + index)
    if (number === undefined) throw new Error(`no order of epoch ${run.epoch} has seq ${run.fromSeq + index}`)
    run.numbers[index] = number
  }
}

function applyLine(line: LedgerLine, draft: Draft, worker: WorkerDraft): void {
  const planTime = (atMs: number) => atMs - draft.zeroAtMs
  switch (line[0]) {
    case 'sent':
    case 'acked':
    case 'rejected':
    case 'unknown':
      return applySend(line, draft, planTime)
    case 'opened':
    case 'connect-failed':
    case 'closed':
    case 'first-cross':
    case 'went-home':
    case 'end':
      return applyConnection(line, draft, planTime)
    case 'order': {
      const [, room, epoch, fromSeq, numbers] = line
      const order = worker.orders.get(orderKey(room, epoch)) ?? new Map<number, number>()
      worker.orders.set(orderKey(room, epoch), order)
      for (const [index, number] of numbers.entries()) order.set(fromSeq + index, number)
      return
    }
    case 'latency': {
      const [, kind, slice, histogram, overflow] = line
      draft.latencies.push({ worker: worker.worker, kind, slice, histogram, overflow })
      return
    }
    case 'count-members':
    case 'count':
      return worker.counts.apply(line)
    case 'counted-until':
      draft.countedUntilMs = Math.min(draft.countedUntilMs ?? Infinity, planTime(line[1]))
      return
    case 'late': {
      const [, client, room, epoch, seq, number, atMs] = line
      draft.late.examples.push({ client, room, position: { epoch, seq }, number, atMs: planTime(atMs) })
      return
    }
    case 'late-slice': {
      const [, slice, instance, count] = line
      draft.late.slices.push({ slice, instance, count })
      return
    }
    case 'delivered-in': {
      const [, second, count] = line
      draft.deliveredIn ??= []
      draft.deliveredIn.push({ second, count })
      return
    }
    case 'generator': {
      const [, eventLoopUtilization, plannedSends, handedSends] = line
      draft.generators.push({ worker: worker.worker, eventLoopUtilization, plannedSends, handedSends })
      return
    }
    default:
      return applyMembership(line, draft, worker, planTime)
  }
}

type LineOf<Kind extends LedgerLine[0]> = Extract<LedgerLine, readonly [Kind, ...unknown[]]>
type PlanTime = (atMs: number) => number

function applySend(line: LineOf<'sent' | 'acked' | 'rejected' | 'unknown'>, draft: Draft, planTime: PlanTime): void {
  const message = elementOf(draft.messages, line[1], 'message')
  switch (line[0]) {
    case 'sent':
      message.handedAtMs = planTime(line[3])
      message.instance = line[2]
      message.outcome = 'unknown'
      delete message.code
      return
    case 'acked':
      message.outcome = 'ok'
      message.ackedInstance = line[2]
      message.position = { epoch: line[3], seq: line[4] }
      message.ackedAtMs = planTime(line[5])
      return
    case 'rejected':
      message.outcome = 'rejected'
      message.code = line[2]
      return
    case 'unknown':
      message.outcome = 'unknown'
  }
}

function applyConnection(
  line: LineOf<'opened' | 'connect-failed' | 'closed' | 'first-cross' | 'went-home' | 'end'>,
  draft: Draft,
  planTime: PlanTime,
): void {
  const client = elementOf(draft.clients, line[1], 'client')
  if (line[0] === 'opened') {
    client.connections.push({
      instance: line[2],
      openedAtMs: planTime(line[3]),
      closedAtMs: null,
      closeCode: null,
      draining: false,
      firstCrossAtMs: null,
    })
    return
  }
  if (line[0] === 'connect-failed') {
    client.failedConnects ??= []
    client.failedConnects.push({ instance: line[2], why: line[3], atMs: planTime(line[4]) })
    return
  }
  if (line[0] === 'end') {
    client.connectedAtEnd = line[2] === 1
    return
  }
  if (line[0] === 'went-home') {
    client.wentHomeAtMs = planTime(line[2])
    return
  }
  const connection = elementOf(client.connections, client.connections.length - 1, 'connection')
  if (line[0] === 'first-cross') {
    connection.firstCrossAtMs = planTime(line[2])
    return
  }
  connection.closeCode = line[2]
  connection.draining = line[3] === 1
  connection.closedAtMs = planTime(line[4])
}

type MembershipLine = LineOf<
  'join-asked' | 'joined' | 'left' | 'gap' | 'hole' | 'phantom' | 'run' | 'odd' | 'tally' | 'end-of-room'
>

function applyMembership(line: MembershipLine, draft: Draft, worker: WorkerDraft, planTime: PlanTime): void {
  const client = elementOf(draft.clients, line[1], 'client')
  const membership = membershipOf(draft, line[1], line[2])
  const connection = client.connections.length - 1
  switch (line[0]) {
    case 'join-asked':
      membership.joins.push({
        connection,
        askedAtMs: planTime(line[3]),
        answeredAtMs: null,
        position: null,
        complete: false,
      })
      return
    case 'joined': {
      const join = elementOf(membership.joins, membership.joins.length - 1, 'join')
      join.position = { epoch: line[3], seq: line[4] }
      join.complete = line[5] === 1
      join.answeredAtMs = planTime(line[6])
      return
    }
    case 'left':
      membership.leaves.push({ position: { epoch: line[3], seq: line[4] }, answeredAtMs: planTime(line[5]) })
      return
    case 'gap':
    case 'hole':
      membership[line[0] === 'gap' ? 'gaps' : 'holes'].push({
        connection,
        after: { epoch: line[3], seq: line[4] },
        next: { epoch: line[5], seq: line[6] },
        atMs: planTime(line[7]),
      })
      return
    case 'phantom':
      membership.phantoms.push({
        connection,
        position: { epoch: line[3], seq: line[4] },
        id: line[5],
        text: line[6],
        why: line[7],
        atMs: planTime(line[8]),
      })
      return
    case 'run':
    case 'odd': {
      const run = deliveryRun(line, connection, planTime)
      membership.deliveries.push(run)
      if (line[0] === 'run') worker.unfilled.push({ room: line[2], run })
      return
    }
    case 'tally':
      membership.duplicatedOnWire += line[3]
      membership.late += line[4]
      return
    case 'end-of-room':
      membership.positionAtEnd = { epoch: line[3], seq: line[4] }
      membership.joinedAtEnd = line[5] === 1
      return
    default:
      throw new Error(`no record has the kind "${(line as readonly unknown[])[0]}"`)
  }
}

function deliveryRun(line: LineOf<'run' | 'odd'>, connection: number, planTime: PlanTime): DeliveryRun {
  if (line[0] === 'odd') {
    const [, , , epoch, fromSeq, number, atMs] = line
    const firstAtMs = planTime(atMs)
    return { connection, epoch, fromSeq, numbers: Int32Array.of(number), firstAtMs, lastAtMs: firstAtMs }
  }
  const [, , , epoch, fromSeq, count, firstAtMs, lastAtMs] = line
  return {
    connection,
    epoch,
    fromSeq,
    numbers: new Int32Array(count),
    firstAtMs: planTime(firstAtMs),
    lastAtMs: planTime(lastAtMs),
  }
}

function orderKey(room: number, epoch: string): string {
  return `${room} ${epoch}`
}
