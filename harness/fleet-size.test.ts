import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { history } from './checkers/history.ts'
import { UsageError } from './command-flags.ts'
import {
  balancedConnectionsMax,
  CONNECTIONS_MAX_DEFAULT,
  checkConnections,
  checkOpenFiles,
  chooseWorkers,
  openFilesMax,
} from './fleet-size.ts'
import type { Plan } from './plan/plan.ts'
import type { Scenario, Topology } from './scenario/scenario.ts'

const MACHINE = { asked: null, cores: 2, openFilesMax: 20_000 }

function planOf(clients: number, instancesAtStart: number): Plan {
  const { plan } = history({ clients: { ann: '' } })
  return { ...plan, instancesAtStart, clients: new Array(clients).fill(plan.clients[0]) }
}

function scenarioOf(environment: Topology['environment'] = {}): Scenario {
  const load = { rooms: 1, clients: 1, messagesPerSecond: 1, textBytes: 64, seconds: 1 }
  return { about: 'x', topology: { instances: 1, environment }, load, budgets: {} }
}

test('a worker for each thousand clients, no more than cores, but as many as hold them', () => {
  const workersOf = (clients: number) => chooseWorkers({ ...MACHINE, clients })
  expect([1, 1_000, 1_001, 38_000, 38_001, 100_000].map(workersOf)).toEqual([1, 1, 2, 2, 3, 6])
  expect(chooseWorkers({ ...MACHINE, clients: 100_000, cores: 16, openFilesMax: Infinity })).toBe(16)
})

test('fewer than can hold the clients are refused, more are not', () => {
  const size = { ...MACHINE, clients: 100_000 }
  expect(chooseWorkers({ ...size, asked: 6 })).toBe(6)
  expect(chooseWorkers({ ...size, asked: 9 })).toBe(9)
  expect(() => chooseWorkers({ ...size, asked: 5 })).toThrow(UsageError)
  expect(() => chooseWorkers({ ...size, asked: 5 })).toThrow(
    '--workers: expected at least 6 for 100000 clients, found 5. A process may have 20000 files open (ulimit -n), so a worker holds 19000 clients.',
  )
})

test('more clients than the instances take are refused, unless they are configured to', () => {
  expect(() => checkConnections(planOf(20_000, 2), scenarioOf())).not.toThrow()
  expect(() => checkConnections(planOf(20_001, 2), scenarioOf())).toThrow(
    '20001 clients on 2 instances are 10001 on each, but an instance takes 10000. Use --instances 3 or more',
  )
  expect(() => checkConnections(planOf(20_001, 2), scenarioOf({ CONNECTIONS_MAX: '20000' }))).not.toThrow()
})

test('more clients than an instance or the proxies can have files for are refused', () => {
  const check = (clients: number, areInstancesProcesses: boolean, areClientsProxied: boolean) => () =>
    checkOpenFiles(planOf(clients, 2), { areInstancesProcesses, areClientsProxied, isBalancerProcess: false }, 20_000)
  expect(check(38_000, true, false)).not.toThrow()
  expect(check(38_001, true, false)).toThrow('so an instance holds 19000. Use --instances 3')
  expect(check(38_001, false, false)).not.toThrow()
  expect(check(9_500, true, true)).not.toThrow()
  expect(check(9_501, true, true)).toThrow('at most 9500 clients, found 9501')
})

test('more clients than a balancer can have files for are refused, where it is a process', () => {
  const holders = { areInstancesProcesses: true, areClientsProxied: false, isBalancerProcess: true }
  expect(() => checkOpenFiles(planOf(9_500, 2), holders, 20_000)).not.toThrow()
  expect(() => checkOpenFiles(planOf(9_501, 2), holders, 20_000)).toThrow(
    'expected at most 9500 clients, found 9501. Use --clients 9500 or --balancer direct',
  )
})

test('a balancer takes the old and the new connection of each client, as far as files go', () => {
  expect(balancedConnectionsMax(planOf(300, 3), 'process', 20_000)).toBe(700)
  expect(balancedConnectionsMax(planOf(9_000, 3), 'process', 20_000)).toBe(9_500)
  expect(balancedConnectionsMax(planOf(9_000, 3), 'docker', 20_000)).toBe(18_100)
})

test('the limit of this process is known', () => {
  expect(openFilesMax()).toBeGreaterThan(100)
})

test('an instance takes as many as its guide says', () => {
  const guide = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8')
  expect(guide).toMatch(new RegExp(`^\\| \`CONNECTIONS_MAX\` \\| ${CONNECTIONS_MAX_DEFAULT} \\|`, 'm'))
})
