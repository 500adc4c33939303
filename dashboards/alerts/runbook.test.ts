import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LEDGER_MUTANTS } from '../../harness/mutants/ledger-mutants.ts'
import { SERVICE_MUTANTS } from '../../harness/mutants/service-mutants.ts'
import { HARNESS_METRICS } from '../../harness/reports/metric-names.ts'
import { RUNTIME_METRICS, SERVICE_METRICS } from '../../service/metric-names.ts'
import { HAPROXY_METRICS } from '../haproxy-metrics.ts'
import { ALERT_RULES } from './alerts.ts'
import { linesOf, queriesOf, sectionsOf } from './runbook.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8')

const runbook = read('docs', 'runbook.md')
const sections = sectionsOf(runbook)

/** In this order: what is asked first at night stands first. */
const PARTS = ['What it means.', 'People notice', 'Confirm', 'Do', 'Usually', 'Rehearse']

/** What else may be called: what comes with the stack, and tools that every machine has. */
const OTHER_COMMANDS = [
  /^docker compose (?:ps|up -d --scale chat=\d+|logs --since \d+[mh] (?:chat|redis))$/,
  /^docker compose exec redis redis-cli [A-Z]/,
  /^curl --fail http:\/\/127\.0\.0\.1:8080\/balancer-readyz$/,
  /^haproxy -c -f stack\/haproxy\/haproxy\.cfg$/,
]

const scripts = Object.keys(JSON.parse(read('package.json')).scripts)
const scenarios = globSync('scenarios/*.ts', { cwd: ROOT }).map(path => path.slice('scenarios/'.length, -'.ts'.length))
const mutants = [...SERVICE_MUTANTS, ...LEDGER_MUTANTS].map(({ name }) => name)

/** Everything that looks like a command: in a fence, or between backticks. */
const commands = [
  ...linesOf(runbook, 'sh'),
  ...[...runbook.matchAll(/(?<!`)`((?:npm|docker|curl|haproxy) [^`\n]+)`/g)].map(([, command]) => command!),
]

/** Why the command does not exist; null where it does. */
function faultOf(command: string): string | null {
  const [tool, run, script, ...words] = command.split(' ')
  if (tool !== 'npm') return OTHER_COMMANDS.some(pattern => pattern.test(command)) ? null : 'not known'
  if (run !== 'run' || !scripts.includes(script!)) return `no script ${script}`
  const named = words.filter(word => !word.startsWith('-'))
  if (script === 'scenario' || script === 'find-capacity') {
    return scenarios.includes(named[0]!) ? null : `no scenario ${named[0]}`
  }
  if (script === 'mutants') return mutants.includes(named[0]!) ? null : `no mutant ${named[0]}`
  return null
}

describe('the runbook', () => {
  it('has a section for every alert, and no other, in their order', () => {
    expect(sections.map(({ title }) => title)).toEqual(ALERT_RULES.map(({ alert }) => alert))
  })

  it('is found where the alerts point', () => {
    const anchors = sections.map(({ title }) => `docs/runbook.md#${title.toLowerCase()}`)
    expect(ALERT_RULES.map(rule => rule.runbook)).toEqual(anchors)
  })

  it.each(ALERT_RULES)('tells for $alert how urgent it is, what it means, and what to do', ({ alert, severity }) => {
    const { text } = sections.find(({ title }) => title === alert)!
    expect(text.trimStart().startsWith(`\`${severity}\` **What it means.**`)).toBe(true)
    const found = [...text.matchAll(/\*\*([^*]+)\*\*/g)].map(([, part]) => part)
    expect(found).toEqual(PARTS)
    expect(queriesOf(text).length).toBeGreaterThan(0)
    expect(text).toMatch(/^1\. /m)
  })

  it('has commands, scenarios and mutants that exist', () => {
    expect(commands.length).toBeGreaterThan(50)
    expect(commands.map(command => [command, faultOf(command)]).filter(([, fault]) => fault !== null)).toEqual([])
    expect(faultOf('npm run scenario kill-everybody')).toBe('no scenario kill-everybody')
    expect(faultOf('npm run mend')).toBe('no script mend')
    expect(faultOf('docker compose exec redis FLUSHALL')).toBe('not known')
  })

  it('asks for declared metrics only', () => {
    const declared = [SERVICE_METRICS, RUNTIME_METRICS, HARNESS_METRICS, HAPROXY_METRICS].flatMap(metrics =>
      Object.values(metrics).map(({ name }) => name),
    )
    const names = queriesOf(runbook)
      .flatMap(query => query.match(/\b(?:tuesday|haproxy|process|nodejs)_\w+/g) ?? [])
      .filter(name => !declared.includes(name))
      .map(name => name.replace(/_(?:bucket|sum|count)$/, ''))
    expect(names.filter(name => !declared.includes(name))).toEqual([])
  })

  it('quotes log lines, variables and keys as the service has them', () => {
    const source = globSync('service/*.ts', { cwd: ROOT, exclude: ['service/*.test.ts', 'service/test-*.ts'] })
      .map(path => read(path))
      .join('\n')
    const lines = linesOf(runbook, 'log')
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter(line => !source.includes(`'${line}'`) && !source.includes(`\`${line}: `))).toEqual([])
    const known = read('docs', 'configuration.md') + read('stack', 'haproxy', 'haproxy.cfg')
    const variables = new Set(runbook.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g))
    expect([...variables].filter(name => !known.includes(name))).toEqual([])
    expect(source).toContain("'tuesday:leases'")
  })
})
