import { describe, expect, it } from 'vitest'
import { ROOM_SIZES, RUNTIME_METRICS, SERVICE_METRICS } from './metric-names.ts'
import { createTestMetrics } from './test-metrics.ts'
import { metricsIn } from './test-metrics-text.ts'

const exposed = metricsIn(await createTestMetrics('one').text())

/** Values of a label among the series of a metric, each once. */
function valuesOf(metric: keyof typeof SERVICE_METRICS, label: string): string[] {
  const { series } = exposed.get(SERVICE_METRICS[metric].name)!
  return [...new Set(series.map(each => new RegExp(`${label}="([^"]*)"`).exec(each)![1]!))]
}

describe('the metrics of an instance', () => {
  it('are those that are declared, with type, help and labels, and no others', () => {
    const own = [...exposed].filter(([name]) => name.startsWith('tuesday_'))
    const declared = Object.values(SERVICE_METRICS).map(({ name, type, help, labels }) => [
      name,
      { type, help, labels: labels.toSorted() },
    ])
    const told = own.map(([name, { type, help, labels }]) => [name, { type, help, labels }])
    expect(new Map(told as [])).toEqual(new Map(declared as []))
  })

  it('have those of the runtime that are drawn, with type and help', () => {
    for (const { name, type, help } of Object.values(RUNTIME_METRICS)) {
      expect([name, exposed.get(name)]).toEqual([name, expect.objectContaining({ type, help })])
    }
  })

  it('are named after the instance in each series', () => {
    const series = [...exposed.values()].flatMap(metric => metric.series)
    expect(series.filter(each => !each.includes('instance_name="one"'))).toEqual([])
  })

  it('have a series for each value that a label can have, before anything has happened', () => {
    expect(valuesOf('closes', 'code')).toContain('4409')
    expect(valuesOf('refused', 'code')).toContain('too-many-in-flight')
    expect(valuesOf('errors', 'code')).toContain('not-json')
    expect(valuesOf('httpRefusals', 'code')).toContain('key-reused')
    expect(valuesOf('gapRepairs', 'cause')).toEqual(['hole', 'heartbeat', 'reconnect', 'catch-up'])
    expect(valuesOf('gapsDeclared', 'reason')).toEqual(['trimmed', 'epoch-lost'])
    expect(valuesOf('gapsDeclared', 'during')).toEqual(['live', 'resume'])
    expect(valuesOf('resumes', 'outcome')).toEqual(['complete', 'gap'])
    expect(valuesOf('redisFailures', 'outcome')).toEqual(['not_run', 'unconfirmed'])
    expect(valuesOf('redisReconnects', 'link')).toEqual(['commands', 'subscriber'])
    for (const metric of ['delivered', 'crossInstanceLatency', 'rooms'] as const) {
      expect(valuesOf(metric, 'room_size')).toEqual(ROOM_SIZES.map(({ label }) => label))
    }
    expect([valuesOf('sendDuration', 'via'), valuesOf('sendDuration', 'outcome')]).toEqual([
      ['websocket', 'http'],
      ['accepted', 'refused', 'unconfirmed'],
    ])
  })
})
