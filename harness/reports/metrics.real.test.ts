import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { zeroBuckets, zeroCounters } from '../ledger/worker-counters.ts'
import { HarnessMetrics, MetricsPortError } from './metrics.ts'

test('serves /metrics and nothing else, until it is closed', async () => {
  const metrics = new HarnessMetrics()
  const url = await metrics.listen(0)
  try {
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await response.text()).toContain('tuesday_harness_sent_total 0')
    expect((await fetch(new URL('/', url))).status).toBe(404)
  } finally {
    await metrics.close()
  }
  await expect(fetch(url)).rejects.toThrow()
  await metrics.close()
})

test('what it serves is what promtool calls clean', async () => {
  const metrics = new HarnessMetrics()
  metrics.setRun({ scenario: 'smoke', seed: 7, driver: 'docker' })
  metrics.setBudgets({ lost: 0, crossInstanceP99Ms: { steady: 100 } })
  metrics.setPhase('load')
  metrics.setFault('kill-instance', 'chat-2', true)
  metrics.update(0, { ...zeroCounters(), sent: 5 })
  metrics.updateHttp({ readyz: { ok: 1, errors: 0, latency: zeroBuckets() } })
  metrics.watchOwed(() => ({ outstanding: 8, lost: 3 }))
  const url = await metrics.listen(0)
  try {
    const input = await (await fetch(url)).text()
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
    expect({ status, stdout, stderr, error }).toEqual({ status: 0, stdout: '', stderr: '', error: undefined })
  } finally {
    await metrics.close()
  }
})

test('a port in use is told in a sentence', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const listening = new HarnessMetrics().listen(port)
    await expect(listening).rejects.toThrow(MetricsPortError)
    await expect(listening).rejects.toThrow(
      `The metrics port ${port} on 127.0.0.1 cannot be had: something else listens`,
    )
  } finally {
    await new Promise(resolve => other.close(resolve))
  }
})
