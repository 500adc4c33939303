/** What an alert is. Names of metrics and of values of labels come from those who declare them, so that a rule cannot watch what does not exist. */

/** `page`: people are hurt now, or will be within minutes, and it does not go away by itself. `ticket`: somebody looks at it on a working day. */
export type Severity = 'page' | 'ticket'

export interface AlertRule {
  /** Its name, and the heading of its section in docs/runbook.md. */
  readonly alert: string
  readonly severity: Severity
  /** PromQL. It has a value for whatever is wrong, and none while all is well. */
  readonly expr: string
  /** How long `expr` has to hold, as Prometheus writes durations: longer than a rolling restart or the loss of one instance makes it hold. */
  readonly for: string
  /** One line, for a list or a telephone. */
  readonly summary: string
  /** What it means for people, with the values that were found. Prometheus fills in `$labels` and `$value`. */
  readonly description: string
  /** Where it says what to do. */
  readonly runbook: string
}

/** An alert with its section of the runbook. */
export function alertRule(rule: Omit<AlertRule, 'runbook'>): AlertRule {
  return { ...rule, expr: withoutIndent(rule.expr), runbook: runbookSection(rule.alert) }
}

/** Headings become anchors in lower case. */
function runbookSection(alert: string): string {
  return `docs/runbook.md#${alert.toLowerCase()}`
}

/** A query of several lines stands in the source where it fits, and in the rules at the left. */
function withoutIndent(text: string): string {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const indents = lines.map(line => line.length - line.trimStart().length)
  return lines.map(line => line.slice(Math.min(...indents))).join('\n')
}

/** Close codes that rules look for, as `tuesday_closes_total` has them. A test compares them with the wire's. */
export const WATCHED_CLOSES = { slowReader: '4409', tooMany: '4429' } as const
