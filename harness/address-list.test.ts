import { describe, expect, test } from 'vitest'
import { AddressList } from './address-list.ts'
import type { InstanceAddress } from './cluster/cluster.ts'
import type { FaultStage } from './faults/timeline.ts'
import type { PlannedFault } from './plan/plan.ts'
import type { FaultName } from './scenario/fault-kinds.ts'

const INSTANCES = [1, 2, 3, 4].map((number): InstanceAddress => {
  const port = 9000 + number
  return { name: `chat-${number}`, host: '127.0.0.1', port, directPort: port + 100, metricsPort: port + 200 }
})
const STAGES: readonly FaultStage[] = ['injecting', 'fired', 'not-fired', 'healed', 'not-healed']

function fault(kind: FaultName, target: string): PlannedFault {
  return { kind, target, atMs: 0, heals: false, lastsMs: 0, settings: {} }
}

function listed(list: AddressList): number[] {
  return list.addresses.map(({ instance }) => instance)
}

test('at the start those that are up then, at the ports where clients reach them', () => {
  const list = new AddressList({ instancesAtStart: 3 }, { instances: INSTANCES, balancer: null })
  expect(list.addresses).toEqual([
    { instance: 0, host: '127.0.0.1', port: 9001 },
    { instance: 1, host: '127.0.0.1', port: 9002 },
    { instance: 2, host: '127.0.0.1', port: 9003 },
  ])
})

test('behind a balancer all have its address, and what they call themselves is known', () => {
  const balancer = { name: 'haproxy', version: '2.6.12', host: '127.0.0.1', port: 8000, metricsPort: 8001 }
  const renamed = INSTANCES.with(1, { ...INSTANCES[1]!, welcomeName: 'f00d' })
  const list = new AddressList({ instancesAtStart: 2 }, { instances: renamed, balancer })
  expect(list.addresses).toEqual([
    { instance: 0, host: '127.0.0.1', port: 8000, isBalancer: true },
    { instance: 1, host: '127.0.0.1', port: 8000, isBalancer: true },
  ])
  list.hear(fault('add-instance', 'chat-3'), 'fired')
  expect(listed(list)).toEqual([0, 1, 2])
  expect(list.welcomeNames).toEqual(['chat-1', 'f00d', 'chat-3', 'chat-4'])
})

describe.each<[FaultName, string, FaultStage, number[]]>([
  ['add-instance', 'chat-4', 'fired', [0, 1, 2, 3]],
  ['remove-instance', 'chat-2', 'injecting', [0, 2]],
])('%s', (kind, target, when, after) => {
  test.each(STAGES)('%s', stage => {
    const list = new AddressList({ instancesAtStart: 3 }, { instances: INSTANCES, balancer: null })
    expect(list.hear(fault(kind, target), stage)).toBe(stage === when)
    expect(listed(list)).toEqual(stage === when ? after : [0, 1, 2])
  })
})

test.each(STAGES)('an instance that is killed for good stays on the list (%s)', stage => {
  const list = new AddressList({ instancesAtStart: 3 }, { instances: INSTANCES, balancer: null })
  expect(list.hear(fault('kill-instance', 'chat-2'), stage)).toBe(false)
  expect(listed(list)).toEqual([0, 1, 2])
})

test('an instance that comes back at another address is told of', () => {
  let host = '172.20.0.3'
  const adopted = { ...INSTANCES[1]!, host }
  Object.defineProperty(adopted, 'host', { get: () => host })
  const list = new AddressList({ instancesAtStart: 3 }, { instances: INSTANCES.with(1, adopted), balancer: null })
  expect(list.hear(fault('kill-instance', 'chat-2'), 'fired')).toBe(false)
  host = '172.20.0.4'
  expect(list.hear(fault('kill-instance', 'chat-2'), 'healed')).toBe(true)
  expect(list.addresses[1]).toEqual({ instance: 1, host, port: 9002 })
})
