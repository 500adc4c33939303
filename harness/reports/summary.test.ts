import { describe, expect, it } from 'vitest'
import { nastyRun, SAMPLE_RUNS } from './sample-runs.ts'
import { renderSummary } from './summary.ts'

/** Cells of each row of the table under that head. */
function rowsUnder(markdown: string, head: string): string[][] {
  const lines = markdown.split('\n')
  const start = lines.findIndex(line => line.startsWith(`| ${head}`))
  expect(start, head).toBeGreaterThan(-1)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map(line =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

describe('summary.md', () => {
  it('says first that all is well', () => {
    const text = renderSummary(SAMPLE_RUNS.pass)
    expect(text.split('\n')[0]).toBe('## ✅ sketch: pass')
    expect(text).toContain(`All ${SAMPLE_RUNS.pass.budgets.length} budgets held.`)
    expect(text).toContain('<details>')
  })

  it('says first what broke, by how much, and to which fault the cases belong', () => {
    const text = renderSummary(SAMPLE_RUNS.fail)
    expect(text.split('\n')[0]).toBe('## ❌ sketch: fail')
    expect(text).toContain('Broken: **lost 2** (limit 0), **ackP99Ms 3.00 ms** (limit 1 ms).')
    const [top] = text.split('### Budgets')
    expect(top).toContain('- bob, message 3: owed, but never delivered<br>\n  room lobby, seq 4 (epoch a)')
    expect(top).toContain('- by fault: ')
    expect(text).not.toContain('<details>')
  })

  it('has the broken budgets first, then those that could not be judged', () => {
    const rows = rowsUnder(renderSummary(SAMPLE_RUNS.fail), ' | measure')
    expect(rows).toHaveLength(SAMPLE_RUNS.fail.budgets.length)
    expect(rows.slice(0, 3).map(row => row.slice(0, 2))).toEqual([
      ['❌', 'lost'],
      ['❌', 'ackP99Ms'],
      ['⚠️', 'crossInstanceP999Ms'],
    ])
    expect(rows[1]).toEqual(['❌', 'ackP99Ms', 'run', '3.00 ms', '1 ms', '1,000 samples'])
  })

  it('says of an invalid run that it proves nothing, and why', () => {
    const text = renderSummary(SAMPLE_RUNS.invalid)
    expect(text.split('\n')[0]).toBe('## ⚠️ sketch: invalid')
    expect(text).toContain('This run proves nothing, neither good nor bad; it is no pass. 1 reason below.')
    expect(text).toMatch(/### Why it is invalid\n\n- .*crossInstanceP999Ms/)
  })

  it('tells of each fault, its recovery, and how to run it again', () => {
    const text = renderSummary(SAMPLE_RUNS.pass)
    const [fault] = rowsUnder(text, 'fault')
    expect(fault).toEqual([
      'kill-instance chat-2',
      '2.99 s',
      '4.40 s',
      '1',
      expect.stringMatching(/ms$/),
      expect.any(String),
      expect.any(String),
      '2.00 s',
      'ended by SIGKILL after 10 ms',
    ])
    expect(text).toContain('```sh\nnpm run scenario sketch -- --seed 1\n```')
  })

  it('tells where limits come from that are not the scenario’s', () => {
    const { pass } = SAMPLE_RUNS
    expect(renderSummary(pass)).not.toContain('limit from')
    const budgets = pass.budgets.map(budget => ({ ...budget, limitFrom: 'ci/budgets.json' }))
    const rows = rowsUnder(renderSummary({ ...pass, budgets }), ' | measure')
    expect(rows[0]!.at(-1)).toBe('ci/budgets.json')
  })

  it('lets no text become Markdown or HTML, or break a table', () => {
    const text = renderSummary(nastyRun())
    expect(text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]|\ud800/)
    const outside = text.replace(/`````sh\n[\s\S]*?\n`````/, '')
    expect(outside).not.toBe(text)
    expect(outside).not.toMatch(/<b |[^\\]\*star|[^\\]`tick|[^\\]\[link|^# head|^- item/m)
    for (const head of [' | measure', 'fault']) {
      const widths = rowsUnder(outside, head).map(row => row.length)
      expect(new Set(widths).size, head).toBe(1)
    }
  })

  it('is short, whatever the run was', () => {
    const { fail } = SAMPLE_RUNS
    const causes = Array.from({ length: 500 }, (_, index) => `cause ${index}`)
    const faults = Array.from({ length: 500 }, () => fail.faults[0]!)
    const text = renderSummary({ ...fail, invalidBecause: causes, faults })
    expect(text).toContain('- and 480 more')
    expect(text).toContain('and 480 faults more')
    // GitHub takes a mebibyte for a step; a screen takes less.
    expect(Buffer.byteLength(text)).toBeLessThan(20_000)
  })
})
