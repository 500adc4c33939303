import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { expect, test, vi } from 'vitest'
import { busyProcesses } from './cpu-stress.ts'
import { cpuSeconds, isStopped, secondsOf } from './process-state.ts'

/** It takes microseconds. */
const WAIT = { timeout: 5_000, interval: 5 }

test('a process is stopped between SIGSTOP and SIGCONT', async () => {
  const child = spawn('sleep', ['60'])
  try {
    await once(child, 'spawn')
    expect(isStopped(child.pid!)).toBe(false)
    child.kill('SIGSTOP')
    await vi.waitUntil(() => isStopped(child.pid!), WAIT)
    child.kill('SIGCONT')
    await vi.waitUntil(() => !isStopped(child.pid!), WAIT)
  } finally {
    child.kill('SIGKILL')
  }
})

test('CPU time is what this process knows of its own', () => {
  const { user, system } = process.cpuUsage()
  expect(Math.abs(cpuSeconds(process.pid)! - (user + system) / 1e6)).toBeLessThan(0.5)
})

test('what is not there is not stopped and has used nothing', () => {
  expect(isStopped(2 ** 22 + 1)).toBe(false)
  expect(cpuSeconds(2 ** 22 + 1)).toBeNull()
})

test('the times of `ps` are read', () => {
  expect(secondsOf('0:01.50')).toBe(1.5)
  expect(secondsOf('01:02:03')).toBe(3723)
  expect(secondsOf('1-00:00:10')).toBe(86_410)
  expect(secondsOf(null)).toBeNull()
})

test('as many processes are busy as leave the share to one more, within bounds', () => {
  expect(busyProcesses(0.5, 2)).toBe(3)
  expect(busyProcesses(0.1, 1)).toBe(9)
  expect(busyProcesses(0.9, 1)).toBe(1)
  expect(busyProcesses(0.01, 64)).toBe(128)
  expect(busyProcesses(0.5, availableParallelism())).toBeGreaterThan(0)
})
