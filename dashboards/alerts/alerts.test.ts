import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HARNESS_METRICS } from '../../harness/reports/metric-names.ts'
import { RUNTIME_METRICS, SERVICE_METRICS } from '../../service/metric-names.ts'
import { CLOSE_CODES, type REJECT_CODES } from '../../service/protocol.ts'
import type { RepairCause } from '../../service/room.ts'
import { HAPROXY_METRICS } from '../haproxy-metrics.ts'
import { ALERT_GROUPS, ALERT_RULES, alertsAsYaml } from './alerts.ts'
import { WATCHED_CLOSES } from './rule.ts'

const HERE = import.meta.dirname

/** Words of PromQL that look like names of metrics. */
const EXPRESSION_NAME = /\b(?:tuesday|haproxy|process|nodejs)_\w+/g
const DECLARED = [SERVICE_METRICS, RUNTIME_METRICS, HARNESS_METRICS, HAPROXY_METRICS].flatMap(metrics =>
  Object.values(metrics).map(({ name }) => name),
)

describe('the alert rules', () => {
  it('are written down as they are: npm run alerts', () => {
    expect(readFileSync(join(HERE, '..', 'prometheus', 'alerts.yml'), 'utf8')).toBe(alertsAsYaml())
  })

  it('keep their text and their parts in YAML', () => {
    const { groups } = parse(alertsAsYaml())
    for (const [index, { name, interval, rules }] of ALERT_GROUPS.entries()) {
      expect(groups[index]).toMatchObject({ name, interval })
      const written = groups[index].rules.map((rule: { alert: string; expr: string; for: string }) => rule)
      expect(written).toEqual(
        rules.map(({ alert, expr, severity, summary, description, runbook, ...rule }) => ({
          ...{ alert, expr, for: rule.for },
          labels: { severity },
          annotations: { summary, description, runbook },
        })),
      )
    }
  })

  it('have names of their own, and few', () => {
    const names = ALERT_RULES.map(({ alert }) => alert)
    expect(new Set(names).size).toBe(names.length)
    // Each is one more that somebody may be woken by: a new one has to replace another, or be worth more than that.
    expect(names.length).toBeLessThanOrEqual(21)
    expect(ALERT_GROUPS.map(({ rules }) => [...new Set(rules.map(({ severity }) => severity))])).toEqual([
      ['page'],
      ['ticket'],
    ])
  })

  it.each(ALERT_RULES)('$alert says with which values, in one line, and what it means', rule => {
    expect(rule.summary).not.toContain('\n')
    expect(rule.summary).toMatch(/\.$/)
    expect(rule.description).toMatch(/\$value|\$labels/)
    expect(rule.description.length).toBeGreaterThan(80)
  })

  it.each(ALERT_RULES)('$alert watches declared metrics only', ({ expr }) => {
    const names = (expr.match(EXPRESSION_NAME) ?? []).map(name =>
      DECLARED.includes(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''),
    )
    expect(names.filter(name => !DECLARED.includes(name))).toEqual([])
    expect(names.length + (expr.match(/\bup\{/g) ?? []).length).toBeGreaterThan(0)
  })

  it('look for values of labels that the service writes', () => {
    const text = ALERT_RULES.map(({ expr }) => expr).join('\n')
    expect(WATCHED_CLOSES).toEqual({
      slowReader: String(CLOSE_CODES.slowReader.code),
      tooMany: String(CLOSE_CODES.tooMany.code),
    })
    const causes: readonly RepairCause[] = ['hole', 'heartbeat']
    expect(text).toContain(`cause=~"${causes.join('|')}"`)
    const code: keyof typeof REJECT_CODES = 'unavailable'
    expect(text).toContain(`refused_total{code="${code}"}`)
  })
})
