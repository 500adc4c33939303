import { describe, expect, it } from 'vitest'
import { RESULT_METRICS, type ResultMetricDeclaration } from './metric-names.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { NASTY, nastyRun, SAMPLE_RUNS } from './sample-runs.ts'

const LABELS = 'scenario="sketch",driver="process"'

describe('result.openmetrics', () => {
  it('has verdict, budgets, counts, latencies and recovery', () => {
    const lines = renderOpenMetrics(SAMPLE_RUNS.fail).split('\n')
    const crossP99Ms = SAMPLE_RUNS.fail.latencyMs.steady.cross.p99
    expect(crossP99Ms).toBeCloseTo(8, 1)
    for (const line of [
      `tuesday_result_run{${LABELS},seed="1",node="v24.1.0",redis="7.0.15",os="linux 6.1.0"} 1`,
      `tuesday_result_verdict{${LABELS},verdict="fail"} 1`,
      `tuesday_result_verdict{${LABELS},verdict="pass"} 0`,
      `tuesday_result_start_timestamp_seconds{${LABELS}} 1795508388`,
      `tuesday_result_duration_seconds{${LABELS},step="total"} 21.25`,
      `tuesday_result_budget_held{${LABELS},measure="lost",phase="run",status="fail"} 0`,
      `tuesday_result_budget_limit{${LABELS},measure="crossInstanceP99Ms",phase="steady"} 100`,
      `tuesday_result_counted{${LABELS},measure="lost"} 2`,
      `tuesday_result_counted{${LABELS},measure="httpErrors"} 2`,
      `tuesday_result_latency_seconds{${LABELS},phase="steady",kind="cross",quantile="0.99"} ${crossP99Ms! / 1000}`,
      `tuesday_result_latency_seconds_count{${LABELS},phase="run",kind="send_lag"} 1000`,
      `tuesday_result_http_latency_seconds{${LABELS},path="readyz",quantile="1.0"} 0.041`,
      `tuesday_result_recovery_seconds{${LABELS},fault="0",kind="kill-instance",target="chat-2",step="steady"} 2`,
      `tuesday_result_instance_memory_growth_bytes{${LABELS},instance="chat-1"} 10485760`,
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('leaves out what is not known', () => {
    const { invalid } = SAMPLE_RUNS
    const counts = { ...invalid.counts, stranded: null }
    const text = renderOpenMetrics({ ...invalid, counts })
    expect(text).not.toContain('measure="stranded"} 0\ntuesday_result_counted')
    expect(text).not.toMatch(/tuesday_result_counted\{[^}]*"stranded"/)
    expect(text).not.toContain('tuesday_result_http_latency_seconds')
    expect(text).not.toMatch(/NaN|null|undefined/)
  })

  it('declares each metric once, before its samples, and ends with EOF', () => {
    const lines = renderOpenMetrics(SAMPLE_RUNS.fail).trimEnd().split('\n')
    expect(lines.at(-1)).toBe('# EOF')
    let family = ''
    const seen = new Set<string>()
    for (const line of lines.slice(0, -1)) {
      const [, kind, name] = /^# (TYPE|UNIT|HELP) (\S+) \S/.exec(line) ?? []
      if (kind === 'TYPE') {
        family = name!
        expect(seen).not.toContain(family)
        seen.add(family)
      }
      expect(line.startsWith('# ') ? name : /^[a-z_]+/.exec(line)?.[0].replace(/_count$/, '')).toBe(family)
    }
    expect([...seen]).toEqual(
      Object.values(RESULT_METRICS)
        .map(({ name }) => name)
        .filter(name => seen.has(name)),
    )
    expect(seen.size).toBeGreaterThanOrEqual(Object.keys(RESULT_METRICS).length - 1)
  })

  it('escapes labels', () => {
    const text = renderOpenMetrics(nastyRun())
    expect(text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]|\ud800/)
    expect(text).toContain('{a=\\"b\\"}\\n# head\\n- item"')
    expect(text).toContain(' \\\\ $x$ ')
    expect(text.split('\n').filter(line => line.startsWith('# head'))).toEqual([])
    expect(NASTY).toContain('\n')
  })

  it.each(Object.values<ResultMetricDeclaration>(RESULT_METRICS))('$name keeps to the rules of names', metric => {
    const { name, unit, help, labels } = metric
    expect(name).toMatch(/^tuesday_result_[a-z_]+$/)
    // These endings belong to other types.
    expect(name).not.toMatch(/_(total|created|count|sum|bucket|info)$/)
    if (unit !== null) expect(name.endsWith(`_${unit}`)).toBe(true)
    expect(help).toMatch(/^[A-Z0-9][^"\\\n]*\.$/)
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/)
  })
})
