/**
 * The alert rules as code. `npm run alerts` writes prometheus/alerts.yml from them, which is committed: Prometheus needs no Node. Each alert
 * has a section in docs/runbook.md, and series that fire it and that just do not in alerts.test.yml.
 *
 * There are no recording rules: no query here or on a dashboard is slow enough to need one.
 */

import { stringify } from 'yaml'
import { PAGES } from './pages.ts'
import type { AlertRule } from './rule.ts'
import { TICKETS } from './tickets.ts'

export type { AlertRule, Severity } from './rule.ts'

export interface AlertGroup {
  readonly name: string
  /** How often its rules are evaluated. Pages as often as the slowest scrape brings something new. */
  readonly interval: string
  readonly rules: readonly AlertRule[]
}

export const ALERT_GROUPS: readonly AlertGroup[] = [
  { name: 'tuesday-pages', interval: '15s', rules: PAGES },
  { name: 'tuesday-tickets', interval: '1m', rules: TICKETS },
]

export const ALERT_RULES: readonly AlertRule[] = ALERT_GROUPS.flatMap(({ rules }) => rules)

/** The file of rules that Prometheus reads. */
export function alertsAsYaml(): string {
  const groups = ALERT_GROUPS.map(({ name, interval, rules }) => ({
    name,
    interval,
    rules: rules.map(asPrometheusRule),
  }))
  const options = { lineWidth: 0, blockQuote: 'literal' } as const
  return `# Written by "npm run alerts" from dashboards/alerts/; a test checks that it is current.\n${stringify({ groups }, options)}`
}

function asPrometheusRule(rule: AlertRule) {
  const { alert, expr, severity, summary, description, runbook } = rule
  return { alert, expr, for: rule.for, labels: { severity }, annotations: { summary, description, runbook } }
}
