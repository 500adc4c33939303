import { describe, expect, test } from 'vitest'
import { refuseOnStack, type StackSize, scenarioOnStack } from './adopted-stack.ts'
import { makePlan } from './plan/make-plan.ts'
import type { FaultSpec, Scenario } from './scenario/scenario.ts'

const SCENARIO: Scenario = {
  about: 'A test.',
  topology: { instances: 2 },
  load: { rooms: 2, clients: 20, messagesPerSecond: 20, textBytes: 60, seconds: 10 },
  budgets: {},
}
const FILE = { file: 'x.ts', balancer: undefined }

function stack(replicas: number, environment: Record<string, string> = {}, balancer: object | null = {}): StackSize {
  return { project: 'tuesday', balancer, replicas: Array.from({ length: replicas }, () => ({ environment })) }
}

describe('a scenario', () => {
  test('takes as many instances as there are, and the balancer that is there', () => {
    const on = scenarioOnStack(SCENARIO, stack(3), FILE)
    expect(on.topology).toEqual({ instances: 3, balancer: 'haproxy' })
    expect(scenarioOnStack(SCENARIO, stack(3, {}, null), FILE).topology.balancer).toBe('direct')
    expect(scenarioOnStack(SCENARIO, stack(3), { ...FILE, balancer: 'direct' }).topology.balancer).toBe('direct')
  })

  test('that wants a balancer is refused where there is none', () => {
    const balanced: Scenario = { ...SCENARIO, topology: { instances: 2, balancer: 'haproxy' } }
    expect(() => scenarioOnStack(balanced, stack(2, {}, null), FILE)).toThrow(
      /expected a service haproxy that runs in project tuesday.*`--balancer direct` does without/,
    )
  })

  test('that sets variables of the instances is refused', () => {
    const topology = { instances: 2, environment: { IDLE_PING_MS: '1000' } }
    expect(() => scenarioOnStack({ ...SCENARIO, topology }, stack(2), FILE)).toThrow(
      /found topology\.environment with IDLE_PING_MS\. Set that in docker-compose\.yml/,
    )
  })

  test('that does not make sense with so many is refused, and it says why there are so many', () => {
    const faults: FaultSpec[] = [{ kind: 'kill-instance', target: 'chat-3', atSeconds: 1 }]
    const of3: Scenario = { ...SCENARIO, topology: { instances: 3 }, faults }
    expect(() => scenarioOnStack(of3, stack(2), FILE)).toThrow(/chat-3/)
  })
})

describe('faults', () => {
  const planWith = (fault: FaultSpec) => makePlan('x', { ...SCENARIO, faults: [fault] }, 7)

  test.each([
    'kill-instance',
    'stop-instance',
    'pause-instance',
    'remove-instance',
    'stress-cpu',
    'connection-flood',
    'tab-churn',
    'malformed-input',
  ] as const)('%s is possible', kind => {
    expect(() => refuseOnStack(planWith({ kind, atSeconds: 1 }), stack(2))).not.toThrow()
  })

  test.each([
    ['cut-redis', 'do not run through proxies'],
    ['slow-network', 'do not run through proxies'],
    ['restart-redis', 'the Redis server is the stack'],
    ['fill-redis', 'the Redis server is the stack'],
    ['add-instance', 'starts no containers'],
  ] as const)('%s is not, and it says why and what to do', (kind, why) => {
    const refused = () => refuseOnStack(planWith({ kind, atSeconds: 1 }), stack(2))
    expect(refused).toThrow(`--driver compose: found the fault ${kind}`)
    expect(refused).toThrow(why)
    expect(refused).toThrow('use --driver docker or process')
  })
})

describe('a load that the stack is not configured for', () => {
  const plan = makePlan('x', SCENARIO, 7)

  test('more connections than its replicas take', () => {
    expect(() => refuseOnStack(plan, stack(2, { CONNECTIONS_MAX: '10' }))).not.toThrow()
    expect(() => refuseOnStack(plan, stack(2, { CONNECTIONS_MAX: '9' }))).toThrow(
      '20 clients on 2 replicas are 10 on each, but a replica takes 9.',
    )
  })

  test('more messages of one client than it takes', () => {
    expect(() => refuseOnStack(plan, stack(2, { FRAMES_PER_SECOND: '3' }))).not.toThrow()
    expect(() => refuseOnStack(plan, stack(2, { FRAMES_PER_SECOND: '1' }))).toThrow(/takes 1 frames a second from each/)
  })
})
