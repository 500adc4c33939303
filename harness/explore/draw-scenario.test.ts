import { describe, expect, test } from 'vitest'
import type { PlannedFault } from '../plan/plan.ts'
import { downtimeSecondsMax } from '../scenario/downtime.ts'
import { FAULT_KINDS, FAULT_NAMES, type FaultName, faultKind } from '../scenario/fault-kinds.ts'
import { clientCount, roomCount } from '../scenario/load-size.ts'
import { COUNT_MEASURES } from '../scenario/measures.ts'
import type { FaultSpec, Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { DRAW_RANGES, drawScenario, type Range, UNLIMITED } from './draw-scenario.ts'
import { faultPlan } from './runnable.ts'

const RUNS = 3000

const drawn = Array.from({ length: RUNS }, (_, number) => drawScenario({ seed: 7, number, kinds: FAULT_NAMES }))
const faults = drawn.flatMap(({ scenario }) => scenario.faults ?? [])

function expectWithin(value: number, { min, max }: Range): void {
  expect(value).toBeGreaterThanOrEqual(min)
  expect(value).toBeLessThanOrEqual(max)
}

test('every scenario that is drawn keeps the rules', () => {
  for (const { scenario } of drawn) validateScenario(scenario, 'drawn')
})

test('with any choice of kinds, one alone included', () => {
  for (const kind of FAULT_NAMES) {
    for (let number = 0; number < 50; number++) {
      const { scenario } = drawScenario({ seed: 11, number, kinds: [kind] })
      validateScenario(scenario, 'drawn')
      expect(scenario.faults!.length, kind).toBeGreaterThanOrEqual(1)
      expect(new Set(scenario.faults!.map(fault => fault.kind))).toEqual(new Set([kind]))
    }
  }
})

test('the same seed and number draw the same, another one something else', () => {
  const draw = (seed: number, number: number) => JSON.stringify(drawScenario({ seed, number, kinds: FAULT_NAMES }))
  expect(draw(7, 1)).toBe(draw(7, 1))
  expect(new Set([draw(7, 1), draw(7, 2), draw(8, 1)]).size).toBe(3)
})

test('sizes stay within their ranges', () => {
  for (const { scenario, seed } of drawn) {
    const { topology, load, faults = [] } = scenario
    expectWithin(topology.instances, DRAW_RANGES.instances)
    expectWithin(clientCount(load), DRAW_RANGES.clients)
    expectWithin(roomCount(load), DRAW_RANGES.rooms)
    expectWithin(load.messagesPerSecond, DRAW_RANGES.messagesPerSecond)
    expectWithin(load.seconds, DRAW_RANGES.seconds)
    expectWithin(faults.length, DRAW_RANGES.faults)
    expectWithin(scenario.instancesDownMax!, { min: 1, max: topology.instances - 1 })
    expectWithin(seed, { min: 0, max: 2 ** 31 - 1 })
  }
})

describe('all there is gets its turn', () => {
  const share = (kind: FaultName) => faults.filter(fault => fault.kind === kind).length / faults.length

  test('every kind, processes most of all', () => {
    for (const kind of FAULT_NAMES) expect(share(kind), kind).toBeGreaterThan(0.003)
    expect(share('kill-instance')).toBeGreaterThan(share('tab-churn'))
    expect(share('kill-instance') + share('stop-instance')).toBeGreaterThan(0.15)
  })

  test('every setting takes more than one value', () => {
    for (const kind of FAULT_NAMES) {
      const ofKind: Record<string, unknown>[] = faults
        .filter(fault => fault.kind === kind)
        .map(fault => ({ ...FAULT_KINDS[kind].settings, ...fault }))
      for (const name of Object.keys(FAULT_KINDS[kind].settings)) {
        // The load's own bandwidth is not narrowed.
        if (name === 'bytesPerSecond') continue
        expect(new Set(ofKind.map(fault => fault[name])).size, `${kind} ${name}`).toBeGreaterThan(1)
      }
    }
  })

  test('every form of target, several faults at once, and faults that overlap', () => {
    const targets = new Set(faults.map(({ target }) => (typeof target === 'object' ? 'fraction' : target)))
    expect([...targets]).toEqual(expect.arrayContaining(['random', 'all', 'each', 'fraction', 'chat-1', 'chat-4']))
    expect(new Set(drawn.map(({ scenario }) => scenario.faults!.length))).toEqual(new Set([1, 2, 3, 4, 5]))
    const overlapping = drawn.filter(({ scenario, seed }) => {
      const planned = faultPlan(scenario, seed).faults
      return planned.some((one, index) =>
        planned.slice(index + 1).some(two => one.kind !== two.kind && two.atMs < one.atMs + one.lastsMs),
      )
    })
    expect(overlapping.length).toBeGreaterThan(RUNS / 10)
  })

  test('both numbers of rooms to a client, and both ways to write to disk', () => {
    expect(new Set(drawn.map(({ scenario }) => scenario.load.roomsPerClient))).toEqual(new Set([undefined, 2]))
    const fsync = drawn.map(({ scenario }) => scenario.topology.appendFsync)
    expect(new Set(fsync)).toEqual(new Set([undefined, 'everysec']))
  })
})

describe('what is drawn can be run and judged', () => {
  const isRestart = (fault: FaultSpec) => fault.kind === 'restart-redis'
  const losesData = ({ faults = [] }: Scenario) => faults.some(fault => isRestart(fault) && fault.data === 'lost')

  test('a server that does not write at once is never killed', () => {
    const lax = drawn.filter(({ scenario }) => scenario.topology.appendFsync === 'everysec')
    expect(lax.length).toBeGreaterThan(100)
    for (const { scenario } of lax) {
      expect(scenario.faults!.some(fault => isRestart(fault) && fault.signal === 'SIGKILL')).toBe(false)
    }
  })

  test('gaps may be declared, and what was being sent doubled, exactly where data is lost, and no other measure of safety has a budget', () => {
    expect(drawn.some(({ scenario }) => losesData(scenario))).toBe(true)
    for (const { scenario } of drawn) {
      const { declaredGaps, duplicated, ...others } = scenario.budgets
      expect([declaredGaps, duplicated]).toEqual(Array(2).fill(losesData(scenario) ? UNLIMITED : undefined))
      const named = Object.keys(others)
      expect(named.filter(name => COUNT_MEASURES[name as keyof typeof COUNT_MEASURES]?.safety !== false)).toEqual([])
      expect(scenario.budgets.stranded).toBeUndefined()
    }
  })

  test('a drain has to be clean where nothing disturbs it', () => {
    const onlyProcesses = drawn.filter(({ scenario }) =>
      scenario.faults!.every(({ kind }) => kind === 'kill-instance' || kind === 'stop-instance'),
    )
    expect(onlyProcesses.length).toBeGreaterThan(50)
    for (const { scenario } of onlyProcesses) expect(scenario.budgets.uncleanDrains).toBeUndefined()
  })

  test('no fault waits for an instance that is to stay down', () => {
    let forGood = 0
    for (const { scenario, seed } of drawn) {
      const takers = faultPlan(scenario, seed).faults.filter(({ kind }) => faultKind(kind).isDown)
      const staysAway = ({ kind, settings }: PlannedFault) => downtimeSecondsMax(kind, settings) === Infinity
      for (const [index, taker] of takers.entries()) {
        const gone = takers.slice(0, index).filter(staysAway)
        expect(gone.length).toBeLessThan(scenario.instancesDownMax!)
        expect(gone.map(({ target }) => target)).not.toContain(taker.target)
      }
      forGood += takers.filter(staysAway).length
    }
    expect(forGood).toBeGreaterThan(100)
  })

  test('Redis is hit once at a time', () => {
    for (const { scenario, seed } of drawn) {
      const hits = faultPlan(scenario, seed).faults.filter(({ target }) => target === 'redis')
      for (const [index, { atMs, lastsMs }] of hits.entries()) {
        if (index + 1 < hits.length) expect(hits[index + 1]!.atMs).toBeGreaterThan(atMs + lastsMs)
      }
    }
  })
})
