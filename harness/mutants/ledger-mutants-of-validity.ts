/** Mutants of the run itself: it shows nothing, and must say so. */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import type { LedgerMutant } from './ledger-mutants.ts'
import { deliveriesTo, dropLines, is, mapLines, replaceOne, retime, slowDown, unfold } from './ledger-mutants-lines.ts'
import { PLAN, type SavedRun } from './ledger-mutants-run.ts'

function changeRun(change: (run: SavedRun['run']) => Partial<SavedRun['run']>): LedgerMutant['damage'] {
  return ({ run, ...saved }) => ({ ...saved, run: { ...run, ...change(run) } })
}

function changeKill(change: Partial<FaultRecord>): LedgerMutant['damage'] {
  return changeRun(({ faults }) => ({ faults: faults.with(0, { ...faults[0]!, ...change }) }))
}

/** Everybody gets only what was acknowledged through the one instance that they were on; who has been on several gets nothing. */
function dropAcross(saved: SavedRun): SavedRun {
  const unfolded = unfold(saved)
  const acked = new Map(unfolded.workers.flat().flatMap(line => (is(line, 'acked') ? [[line[1], line[2]]] : [])))
  const gone = new Set<LedgerLine>()
  for (const client of PLAN.clients.keys()) {
    const instances = new Set(
      unfolded.workers.flat().flatMap(line => (is(line, 'opened') && line[1] === client ? [line[2]] : [])),
    )
    const isSure = (number: number) => instances.size === 1 && instances.has(acked.get(number) ?? -1)
    for (const line of deliveriesTo(unfolded, client)) if (!isSure(line[5])) gone.add(line)
  }
  return dropLines(unfolded, line => gone.has(line))
}

export const MUTANTS_OF_VALIDITY: readonly LedgerMutant[] = [
  {
    name: 'fault-not-fired',
    about: 'The planned kill never came.',
    expect: { invalid: 'did not fire' },
    damage: changeKill({ firedAtMs: null, effectAtMs: null, healedAtMs: null, status: 'not-fired' }),
  },
  {
    name: 'fault-without-effect',
    about: 'The kill was ordered, and nobody saw an instance die.',
    expect: { invalid: 'did not fire' },
    damage: changeKill({ effectAtMs: null }),
  },
  {
    name: 'fault-never-healed',
    about: 'The killed instance did not come back.',
    expect: { invalid: 'never healed' },
    damage: changeKill({ healedAtMs: null }),
  },
  {
    name: 'healing-failed',
    about: 'The coordinator could not heal everything.',
    expect: { invalid: 'healing failed' },
    damage: changeRun(() => ({ healedAtMs: null })),
  },
  {
    name: 'residue',
    about: 'A process is left behind.',
    expect: { invalid: 'left behind after healing' },
    damage: changeRun(() => ({ residue: ['chat-2 is down'] })),
  },
  {
    name: 'log-not-read',
    about: 'A room’s log could not be read at the end.',
    expect: { invalid: 'final read failed' },
    damage: changeRun(({ logs }) => ({ logs: logs.with(0, null) })),
  },
  {
    name: 'no-roll-call',
    about: 'The run ended before the roll call.',
    expect: { invalid: 'before the roll call' },
    damage: changeRun(() => ({ rollCallAtMs: null })),
  },
  {
    name: 'late-generator',
    about: 'The generator hands messages over two seconds after their time.',
    expect: { invalid: 'P99 of the send lag of load worker 0' },
    damage: saved => slowDown(saved, 'sendLag', () => true),
  },
  {
    name: 'late-worker',
    about: 'One load worker of two hands messages over two seconds after their time.',
    expect: { invalid: 'of the send lag of load worker 1' },
    damage: ({ workers, ...saved }) => ({
      ...saved,
      workers: workers.with(1, retime(workers[1]!, 'sendLag', 2_000, 50)),
    }),
  },
  {
    name: 'worker-hidden-by-others',
    about: 'One load worker is late with its few messages; the many of the other hide it in the lag of all.',
    expect: { invalid: 'of the send lag of load worker 1' },
    damage: ({ workers: [many, few], ...saved }) => ({
      ...saved,
      workers: [retime(many!, 'sendLag', 1, 10_000), retime(few!, 'sendLag', 2_000, 50)],
    }),
  },
  {
    name: 'weak-worker',
    about: 'One load worker of two hands over 97 messages of a hundred.',
    expect: { invalid: 'the generator could not keep up: load worker 1 handed over' },
    damage: ({ workers, ...saved }) => ({
      ...saved,
      workers: workers.with(
        1,
        workers[1]!.map(line =>
          is(line, 'generator') ? ['generator', line[1], line[2], Math.floor(line[2] * 0.97)] : line,
        ),
      ),
    }),
  },
  {
    name: 'weak-generator',
    about: 'The generator hands over nine messages of ten.',
    expect: { invalid: 'the generator could not keep up: load worker 0 handed over' },
    damage: saved =>
      mapLines(saved, line =>
        is(line, 'generator') ? [['generator', line[1], line[2], Math.floor(line[2] * 0.9)]] : [line],
      ),
  },
  {
    name: 'nothing-across',
    about: 'No delivery from one instance to another.',
    expect: { invalid: 'no message was delivered from one instance to another' },
    damage: dropAcross,
  },
  {
    name: 'too-few-samples',
    about: 'Nobody has timed the deliveries across instances.',
    expect: { invalid: 'too few samples for the budget crossInstanceP99Ms' },
    damage: saved => dropLines(saved, line => is(line, 'latency') && line[1] === 'cross'),
  },
  {
    name: 'samples-of-two-seconds',
    about: 'Deliveries across instances were timed for two seconds only.',
    expect: { invalid: 'too few samples for the budget crossInstanceP99Ms' },
    damage: saved => dropLines(saved, line => is(line, 'latency') && line[1] === 'cross' && line[2] >= 2),
  },
  {
    name: 'nobody-on-an-instance',
    about: 'At the roll call everybody is on other instances than the one that was started again.',
    expect: { invalid: 'no client was on chat-2 at the roll call' },
    damage: saved => {
      const killedAtMs = saved.run.zeroAtMs! + saved.run.faults[0]!.firedAtMs!
      const killed = PLAN.instances.indexOf('chat-2')
      return mapLines(saved, line =>
        is(line, 'opened') && line[2] === killed && line[3] > killedAtMs ? [['opened', line[1], 0, line[3]]] : [line],
      )
    },
  },
  {
    name: 'damaged-histogram',
    about: 'A checker crashes on what it cannot read.',
    expect: { invalid: 'checker latency crashed' },
    damage: saved =>
      replaceOne(
        saved,
        line => is(line, 'latency') && line[1] === 'ack' && line[2] >= 0,
        () => [['latency', 'ack', 0, 'AAAA', 0]],
      ),
  },
]
