/** `promtool` on the rules, on their tests and on the queries of the runbook: the real parser, and the real evaluation of time. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ALERT_RULES } from './alerts.ts'
import { queriesOf } from './runbook.ts'

const HERE = import.meta.dirname
const RULES = join(HERE, '..', 'prometheus', 'alerts.yml')
const TEST_FILES = ['alerts.test.yml', 'tickets.test.yml'].map(name => join(HERE, name))

let scratch = ''
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tuesday-rules-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** What it printed, and whether it was content. */
function promtool(...words: string[]): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve, reject) => {
    execFile('promtool', words, (error, stdout, stderr) => {
      if (error !== null && 'code' in error && error.code === 'ENOENT') {
        return reject(
          new Error('promtool is not on this machine: "npm run setup -- --all" installs it with Prometheus'),
        )
      }
      resolve({ ok: error === null, text: stdout + stderr })
    })
  })
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[]
  }[]
}

describe('the alert rules in Prometheus', () => {
  it('are accepted', async () => {
    const { ok, text } = await promtool('check', 'rules', RULES)
    expect(text).toContain(`${ALERT_RULES.length} rules found`)
    expect(ok).toBe(true)
  })

  it.each(TEST_FILES)('fire when they should and not when they should not: %s', async file => {
    const { ok, text } = await promtool('test', 'rules', file)
    expect(ok, text).toBe(true)
  })

  it('are all shown to fire, and to stay silent', async () => {
    const files = await Promise.all(TEST_FILES.map(async file => parse(await readFile(file, 'utf8')) as RuleTests))
    const checks = files.flatMap(({ tests }) => tests.flatMap(test => test.alert_rule_test ?? []))
    const namesOf = (fires: boolean) =>
      new Set(checks.filter(({ exp_alerts }) => (exp_alerts ?? []).length > 0 === fires).map(check => check.alertname))
    const names = ALERT_RULES.map(({ alert }) => alert).toSorted()
    expect([...namesOf(true)].toSorted()).toEqual(names)
    // Of tickets that are checked once, the same check has series that stay silent.
    const silent = namesOf(false)
    const pages = ALERT_RULES.filter(({ severity }) => severity === 'page').map(({ alert }) => alert)
    expect(pages.filter(alert => !silent.has(alert))).toEqual([])
  })

  it('would page for a rolling restart if they were less patient', async () => {
    const rules = (await readFile(RULES, 'utf8')).replaceAll(/^( +for:) \d+[sm]$/gm, '$1 0s')
    const silent = parse(await readFile(TEST_FILES[0]!, 'utf8')) as { tests: { name: string }[] }
    silent.tests = silent.tests.filter(({ name }) => name.startsWith('silent: a rolling restart'))
    expect(silent.tests).toHaveLength(2)
    await writeFile(join(scratch, 'alerts.yml'), rules)
    const impatient = { ...silent, rule_files: [join(scratch, 'alerts.yml')] }
    await writeFile(join(scratch, 'impatient.test.yml'), JSON.stringify(impatient))
    const { ok, text } = await promtool('test', 'rules', join(scratch, 'impatient.test.yml'))
    expect(ok).toBe(false)
    expect(text).toContain('BalancerFewServers')
  })

  it('can be confirmed by the queries of the runbook', async () => {
    const queries = queriesOf(await readFile(join(HERE, '..', '..', 'docs', 'runbook.md'), 'utf8'))
    expect(queries.length).toBeGreaterThan(40)
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }))
    const file = join(scratch, 'queries.yml')
    await writeFile(file, JSON.stringify({ groups: [{ name: 'runbook', rules }] }))
    const { ok, text } = await promtool('check', 'rules', file)
    expect(ok, text).toBe(true)
  })
})
