import { expect, test } from 'vitest'
import { countLatency, zeroBuckets, zeroCounters } from '../ledger/worker-counters.ts'
import { HARNESS_METRICS } from './metric-names.ts'
import { HarnessMetrics } from './metrics.ts'

function lineOf(text: string, start: string): string | undefined {
  return text.split('\n').find(line => line.startsWith(start))
}

test('exposes the sum of the workers, each with its latest counts', async () => {
  const metrics = new HarnessMetrics()
  metrics.update(0, { ...zeroCounters(), sent: 5, clientsConnected: 2 })
  metrics.update(1, { ...zeroCounters(), sent: 7, clientsConnected: 3 })
  metrics.update(1, { ...zeroCounters(), sent: 9, clientsConnected: 1 })

  const text = await metrics.text()

  expect(lineOf(text, 'tuesday_harness_sent_total')).toBe('tuesday_harness_sent_total 14')
  expect(lineOf(text, 'tuesday_harness_clients_connected')).toBe('tuesday_harness_clients_connected 3')
})

test('buckets are cumulative and end with all samples', async () => {
  const metrics = new HarnessMetrics()
  for (const worker of [0, 1]) {
    const counters = zeroCounters()
    countLatency(counters.latency.cross, 0.004)
    countLatency(counters.latency.cross, 0.2)
    countLatency(counters.latency.sendLag, 90)
    metrics.update(worker, counters)
  }

  const text = await metrics.text()

  const name = HARNESS_METRICS.latency.name
  expect(text).toContain(`# TYPE ${name} histogram`)
  expect(text).toContain(`${name}_bucket{le="0.0025",kind="cross"} 0`)
  expect(text).toContain(`${name}_bucket{le="0.005",kind="cross"} 2`)
  expect(text).toContain(`${name}_bucket{le="0.25",kind="cross"} 4`)
  expect(text).toContain(`${name}_bucket{le="+Inf",kind="cross"} 4`)
  expect(text).toContain(`${name}_count{kind="cross"} 4`)
  expect(text).toContain(`${name}_sum{kind="cross"} 0.408`)
  expect(text).toContain(`${name}_bucket{le="60",kind="send_lag"} 0`)
  expect(text).toContain(`${name}_bucket{le="+Inf",kind="send_lag"} 2`)
})

test('exposes the latest counts of the HTTP load by path', async () => {
  const metrics = new HarnessMetrics()
  const latency = zeroBuckets()
  countLatency(latency, 0.004)
  countLatency(latency, 0.2)
  metrics.updateHttp({ readyz: { ok: 1, errors: 0, latency: zeroBuckets() } })
  metrics.updateHttp({ readyz: { ok: 2, errors: 3, latency } })

  const text = await metrics.text()

  expect(text).toContain('tuesday_harness_http_requests_total{path="readyz",outcome="ok"} 2')
  expect(text).toContain('tuesday_harness_http_requests_total{path="readyz",outcome="error"} 3')
  expect(text).toContain('tuesday_harness_http_latency_seconds_bucket{le="0.005",path="readyz"} 1')
  expect(text).toContain('tuesday_harness_http_latency_seconds_count{path="readyz"} 2')
})

test('tells of each load worker how busy it is and how late', async () => {
  const metrics = new HarnessMetrics()
  const late = { ...zeroCounters(), eventLoopUtilization: 0.75 }
  countLatency(late.latency.sendLag, 0.2)
  metrics.update(0, zeroCounters())
  metrics.update(1, late)

  const text = await metrics.text()

  expect(text).toContain('tuesday_harness_worker_event_loop_utilization{worker="0"} 0\n')
  expect(text).toContain('tuesday_harness_worker_event_loop_utilization{worker="1"} 0.75\n')
  expect(text).toContain('tuesday_harness_worker_send_lag_seconds_bucket{le="0.1",worker="1"} 0\n')
  expect(text).toContain('tuesday_harness_worker_send_lag_seconds_bucket{le="0.25",worker="1"} 1\n')
  expect(text).toContain('tuesday_harness_worker_send_lag_seconds_count{worker="0"} 0\n')
})

test('faults and phases are 1 while they last and 0 afterwards', async () => {
  const metrics = new HarnessMetrics()
  metrics.setPhase('warm-up')
  metrics.setPhase('load')
  metrics.setFault('kill-instance', 'chat-2', true)
  const during = await metrics.text()
  expect(during).toContain('tuesday_harness_phase{phase="warm-up"} 0')
  expect(during).toContain('tuesday_harness_phase{phase="load"} 1')
  expect(during).toContain('tuesday_harness_fault_active{kind="kill-instance",target="chat-2"} 1')

  metrics.setFault('kill-instance', 'chat-2', false)
  expect(await metrics.text()).toContain('tuesday_harness_fault_active{kind="kill-instance",target="chat-2"} 0')
})

test('says what runs, its budgets and what it intends', async () => {
  const metrics = new HarnessMetrics()
  metrics.setRun({ scenario: 'smoke', seed: 7, driver: 'docker' })
  metrics.setBudgets({ lost: 0, crossInstanceP99Ms: { steady: 100, fault: 1500 } })
  expect(lineOf(await metrics.text(), 'tuesday_harness_intended_total')).toBe('tuesday_harness_intended_total 0')
  metrics.watchIntended(() => 42)

  const text = await metrics.text()

  expect(lineOf(text, 'tuesday_harness_intended_total')).toBe('tuesday_harness_intended_total 42')
  expect(text).toContain('tuesday_harness_run{scenario="smoke",seed="7",driver="docker"} 1\n')
  expect(text).toContain('tuesday_harness_budget{measure="lost",phase="all"} 0\n')
  expect(text).toContain('tuesday_harness_budget{measure="crossInstanceP99Ms",phase="steady"} 100\n')
  expect(text).toContain('tuesday_harness_budget{measure="crossInstanceP99Ms",phase="fault"} 1500\n')
})

test('what is owed and lost is told once it is known', async () => {
  const metrics = new HarnessMetrics()
  expect(await metrics.text()).not.toMatch(/^tuesday_harness_lost \d/m)
  metrics.watchOwed(() => ({ outstanding: 8, lost: 3 }))
  expect(await metrics.text()).toMatch(/^tuesday_harness_outstanding 8$/m)
  expect(await metrics.text()).toMatch(/^tuesday_harness_lost 3$/m)
})

test('every line is one that Prometheus can read, and every metric is declared', async () => {
  const metrics = new HarnessMetrics()
  metrics.update(0, zeroCounters())
  metrics.setPhase('load')
  const text = await metrics.text()
  for (const line of text.split('\n')) {
    expect(line).toMatch(/^(|# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+)$/)
  }
  for (const { name, type } of Object.values(HARNESS_METRICS)) expect(text).toContain(`# TYPE ${name} ${type}`)
})
