/** What a gate has of a run: exit code, reports, the job's summary, and the list of runs meanwhile. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { HarnessProcess, readResult, runHarness } from './harness-process.ts'
import { schemaProblems } from './reports/schema-problems.ts'

const within = mkdtempSync(join(tmpdir(), 'tuesday-gate-'))
afterAll(() => rmSync(within, { recursive: true }))

const SHORT =
  'steady --driver process --instances 2 --clients 40 --rooms 4 --seconds 4 --messages-per-second 300'.split(' ')
/** So loose that a machine that is busy with something else does not decide. */
const LOOSE = { crossInstanceP99Ms: 5000, sameInstanceP99Ms: 5000, ackP99Ms: 5000 }

function writeBudgets(name: string, steady: object): string {
  const path = join(within, name)
  writeFileSync(path, JSON.stringify({ steady: { ...LOOSE, ...steady } }))
  return path
}

async function listJson(...flags: readonly string[]) {
  const { output } = await runHarness('runs', '--in', within, '--json', ...flags)
  return JSON.parse(output)
}

describe('a gate', () => {
  it('fails by a file of budgets and by a flag, adds the summary to the job’s, writes the reports that were chosen, and is judged the same again', async () => {
    const out = join(within, 'failing')
    const summary = join(within, 'step-summary.md')
    const budgets = writeBudgets('strict.json', { crossInstanceP50Ms: 0.001 })
    const run = new HarnessProcess(
      [
        'scenario',
        ...SHORT,
        '--out',
        out,
        '--budgets',
        budgets,
        '--budget',
        'ackP50Ms=0.001',
        '--report',
        'summary,junit',
      ],
      'alone',
      { GITHUB_STEP_SUMMARY: summary },
    )
    await run.waitFor('load')
    expect(await listJson()).toMatchObject([{ name: 'failing', state: 'running', verdict: null }])

    const end = await run.ended
    expect(end.exitCode, end.output).toBe(1)
    expect(end.output).toMatch(/✗\s+ackP50Ms/)
    expect(end.output).toContain(`budgets from ${budgets}: crossInstanceP99Ms, `)
    const result = readResult(out)
    expect(schemaProblems(result)).toEqual([])
    expect(result.command).toContain(`--budgets ${budgets}`)
    expect(result.budgets.find(({ measure }) => measure === 'crossInstanceP50Ms')).toMatchObject({
      status: 'fail',
      limitFrom: budgets,
    })
    expect(readFileSync(summary, 'utf8')).toMatch(/^## ❌ steady: fail\n[\s\S]*Broken: \*\*crossInstanceP50Ms /)
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['junit.xml', 'summary.md']))
    expect(existsSync(join(out, 'result.openmetrics'))).toBe(false)

    const listed = await listJson()
    expect(listed).toMatchObject([{ name: 'failing', state: 'judged', verdict: 'fail' }])
    expect(listed[0].because[0]).toContain('crossInstanceP50Ms')
    const { output: path } = await runHarness('runs', 'open', '--in', within)
    expect(path).toMatch(new RegExp(`^${out}/(report\\.html|summary\\.md)\\n$`))

    const before = readFileSync(join(out, 'result.json'), 'utf8')
    expect(await runHarness('check', out)).toMatchObject({ exitCode: 1 })
    expect(readFileSync(join(out, 'result.json'), 'utf8')).toBe(before)
  })

  it('is not passed by a run that is invalid, whose reports say so', async () => {
    const out = join(within, 'invalid')
    cpSync(join(within, 'failing'), out, { recursive: true })
    const path = join(out, 'scenario.json')
    const scenario = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...scenario, budgets: { ...LOOSE, crossInstanceP999Ms: 5000 } }))
    expect(await runHarness('check', out)).toMatchObject({ exitCode: 3 })
    expect(schemaProblems(readResult(out))).toEqual([])
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toMatch(/<error message="[^"]*crossInstanceP999Ms/)
    expect(readFileSync(join(out, 'result.openmetrics'), 'utf8')).toMatch(/verdict="invalid"\} 1\n[\s\S]*# EOF\n$/)
    expect(await listJson('--keep', '1')).toMatchObject({ running: [], keptCount: 1 })
    expect(readdirSync(within).filter(name => ['failing', 'invalid'].includes(name))).toHaveLength(1)
  })

  it('has its scenarios listed for a matrix', async () => {
    const { output } = await runHarness('scenario', '--list', 'quick', '--json')
    expect(JSON.parse(output)).toContain('smoke')
    const { output: full } = await runHarness('scenario', '--list', 'full', '--json')
    expect(JSON.parse(full).length).toBeGreaterThan(JSON.parse(output).length)
  })
})
