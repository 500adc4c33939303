/**
 * `junit.xml`: what every CI server shows. Each budget is a test case, and so are that the run can be judged and that its load came to its
 * end. A broken budget is a failure; what could not be judged is an error. So there is neither in a run that passed, a failure in one that
 * failed, and an error in one that is invalid. Where others made the load, what says nothing without it is skipped.
 *
 * There is no one schema of it. The file keeps to what those of Jenkins (junit-10.xsd of its xUnit plugin) and of Maven Surefire
 * (surefire-test-report.xsd) have in common; `junit.xsd` says that.
 */

import type { BudgetResult } from '../verdict/judgement.ts'
import {
  actualText,
  budgetName,
  isOutOfScope,
  limitText,
  OUT_OF_SCOPE,
  samplesText,
  statusNote,
} from './budget-text.ts'
import { withoutControls } from './control-characters.ts'
import { caseLines } from './finding-text.ts'
import type { RunResult } from './result.ts'
import { scopedName, WHO_JUDGES_THE_LOAD } from './run-text.ts'

interface TestCase {
  readonly name: string
  readonly seconds: number
  /** Null: it passed. */
  readonly problem: Problem | null
}

interface Problem {
  readonly is: 'failure' | 'error' | 'skipped'
  /** Skipped ones have none. */
  readonly type: string
  /** One line. */
  readonly message: string
  readonly details: readonly string[]
}

/** The whole file, ending with a line feed. */
export function renderJunit(result: RunResult): string {
  const cases = [...wholeRun(result), ...result.budgets.map(budget => caseOf(budget, result))]
  const count = (is: Problem['is']) => cases.filter(({ problem }) => problem?.is === is).length
  const totals = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
  }
  const time = formatSeconds(result.durationsSeconds.total ?? 0)
  const suite = {
    name: scopedName(result),
    ...totals,
    skipped: count('skipped'),
    time,
    // The form without a zone, which is what readers expect; it is UTC.
    timestamp: result.startedAt.replace(/(\.\d+)?Z$/, ''),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'tuesday', ...totals, time })}>`,
    `  <testsuite${attributes(suite)}>`,
    '    <properties>',
    ...Object.entries(propertiesOf(result)).map(
      ([name, value]) => `      <property${attributes({ name, value: String(value) })}/>`,
    ),
    '    </properties>',
    ...cases.flatMap(testCase => caseElement(testCase, result.scenario)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function propertiesOf({ seed, driver, verdict, scope, exitCode, command, size, environment }: RunResult) {
  const { instances, clients, rooms } = size
  const ofLoad = scope === undefined ? { clients, rooms } : { scope }
  return { seed, driver, verdict, exitCode, command, instances, ...ofLoad, ...environment }
}

/** What is not about one budget. The run's time stands here alone, so that the sum over all cases is right. */
function wholeRun({ invalidBecause, abortedBecause, durationsSeconds, scope }: RunResult): TestCase[] {
  const judged: Problem | null =
    invalidBecause.length === 0
      ? null
      : { is: 'error', type: 'invalid', message: firstOf(invalidBecause), details: invalidBecause.slice(1) }
  const ended: Problem | null =
    abortedBecause === null ? null : { is: 'failure', type: 'aborted', message: abortedBecause, details: [] }
  const unknown = skipped(`no load of its own: ${WHO_JUDGES_THE_LOAD}`)
  return [
    { name: 'the run can be judged', seconds: durationsSeconds.total ?? 0, problem: judged },
    { name: 'the load came to its end', seconds: 0, problem: scope === undefined ? ended : unknown },
  ]
}

function skipped(message: string): Problem {
  return { is: 'skipped', type: 'skipped', message, details: [] }
}

function firstOf(causes: readonly string[]): string {
  return causes.length === 1 ? causes[0]! : `${causes[0]} (and ${causes.length - 1} more)`
}

function caseOf(budget: BudgetResult, result: RunResult): TestCase {
  return { name: budgetName(budget), seconds: 0, problem: problemOf(budget, result) }
}

function problemOf(budget: BudgetResult, result: RunResult): Problem | null {
  const { status, measure } = budget
  if (status === 'pass') return null
  if (isOutOfScope(budget, result)) return skipped(OUT_OF_SCOPE)
  const measured = [`limit ${limitText(budget)}`, `actual ${actualText(budget)}`, `measured on ${samplesText(budget)}`]
  if (status !== 'fail') {
    const message = `${budgetName(budget)}: ${statusNote(budget)}, limit ${limitText(budget)}, ${samplesText(budget)}`
    return { is: 'error', type: status, message, details: measured }
  }
  const message = `${budgetName(budget)}: ${actualText(budget)}, limit ${limitText(budget)}`
  return { is: 'failure', type: measure, message, details: [...measured, ...caseLines(budget, result)] }
}

function caseElement({ name, seconds, problem }: TestCase, scenario: string): string[] {
  const start = `    <testcase${attributes({ classname: `tuesday.${scenario}`, name, time: formatSeconds(seconds) })}`
  if (problem === null) return [`${start}/>`]
  const { is, type, message, details } = problem
  if (is === 'skipped') return [`${start}>`, `      <skipped${attributes({ message })}/>`, '    </testcase>']
  const text = escapeXml([message, ...details].join('\n'))
  return [`${start}>`, `      <${is}${attributes({ message, type })}>${text}</${is}>`, '    </testcase>']
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replace(/\s+/g, ' ')}"`)
    .join('')
}

function escapeXml(text: string): string {
  return withoutControls(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** As the schemas want it: no exponents. */
function formatSeconds(seconds: number): string {
  return seconds.toFixed(3)
}
