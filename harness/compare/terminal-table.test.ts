import { describe, expect, test } from 'vitest'
import type { RunResult } from '../reports/result.ts'
import { compareSides } from './compare-sides.ts'
import { FLOORS } from './floors.ts'
import { renderMarkdown } from './markdown.ts'
import { runWithMedian, sampleRun, sideOf } from './sample-runs.ts'
import { renderTerminalTable, type TerminalTableOptions } from './terminal-table.ts'

const comparison = (old: readonly RunResult[], fresh: readonly RunResult[]) =>
  compareSides(sideOf('old', old), sideOf('new', fresh), FLOORS)

const render = (old: readonly RunResult[], fresh: readonly RunResult[], options: Partial<TerminalTableOptions> = {}) =>
  renderTerminalTable(comparison(old, fresh), { columns: Infinity, useColours: false, showAll: false, ...options })

const slow = runWithMedian(300)
const lossy = sampleRun({ counts: { lost: 2 }, reconnectMs: null })

describe('the table', () => {
  test('has what is worse first, with both values, the change and the floors', () => {
    const lines = render([sampleRun()], [slow]).split('\n')
    expect(lines[0]).toMatch(/^sketch: 2 instances \(process\)/)
    const worse = lines.indexOf('worse')
    expect(worse).toBeGreaterThan(0)
    expect(lines[worse + 2]).toMatch(
      /✗ +crossInstanceP50Ms +steady +8\.0\d ms +300 ms +\+292 ms +× 3[78] +\d+ ms and \d+ %/,
    )
    expect(lines.findIndex(line => line.startsWith('the same'))).toBeGreaterThan(worse)
    expect(lines.at(-2)).toBe('verdict: worse: 1 measure is worse than before')
  })

  test('shows of what is the same only what has a budget, and says how much more there is', () => {
    const text = render([sampleRun()], [sampleRun()])
    expect(text).toMatch(/= +crossInstanceP99Ms +steady/)
    expect(text).not.toMatch(/sameInstanceP50Ms/)
    expect(text).toMatch(/and \d+ more; --all shows them/)
    expect(text).toMatch(/verdict: no regression, \d+ measures are the same/)
  })

  test('shows everything where asked', () => {
    const text = render([sampleRun()], [sampleRun()], { showAll: true })
    expect(text).toMatch(/sameInstanceP50Ms/)
    expect(text).not.toMatch(/more; --all/)
  })

  test('tells counts and what was never reached in words', () => {
    const text = render([sampleRun()], [lossy])
    expect(text).toMatch(/✗ +lost +run +0 +2 +\+2 +any/)
    expect(text).toMatch(/✗ +reconnectSeconds +run +\S+ s +never +never again/)
  })

  test('has medians and ranges of several runs', () => {
    const fresh = [200, 300, 310].map(p50 => runWithMedian(p50))
    const text = render([sampleRun(), sampleRun(), sampleRun()], fresh)
    expect(text).toMatch(/crossInstanceP50Ms +steady +8\.0\d ms +300 ms \(200–310\)/)
    expect(text).toContain('new  runs/new (3 runs: 3 pass)')
  })

  test('leaves out floors, then ranges, where the terminal is narrow', () => {
    const [old, fresh] = [
      [7, 8, 9],
      [200, 300, 310],
    ].map(medians => medians.map(p50 => runWithMedian(p50)))
    const [wide, narrower, narrow] = [Infinity, 90, 70].map(columns => render(old!, fresh!, { columns }))
    expect(wide).toMatch(/change +floors/)
    expect(narrower).not.toMatch(/change +floors/)
    expect(narrower).toContain('(200–310)')
    expect(narrow).not.toContain('(200–310)')
    for (const line of narrow!.split('\n')) expect(line.length, line).toBeLessThanOrEqual(70)
  })

  test('has colours where asked', () => {
    expect(render([sampleRun()], [slow], { useColours: true })).toContain('\x1b[31m✗\x1b[0m')
    expect(render([sampleRun()], [slow])).not.toContain('\x1b')
  })

  test('says why a side is invalid', () => {
    const text = render([sampleRun()], [sampleRun({ invalidBecause: ['the generator could not keep up'] })])
    expect(text).toMatch(/verdict: invalid: the new run is invalid: the generator could not keep up\n$/)
  })

  test('says what differs', () => {
    expect(render([sampleRun()], [{ ...sampleRun(), seed: 9 }])).toMatch(/! seed: 1 → 9: who says what when/)
    expect(render([sampleRun()], [{ ...sampleRun(), driver: 'docker' }])).toMatch(
      /! not the same: driver: process → docker/,
    )
  })
})

describe('Markdown', () => {
  test('has what is worse open, the rest folded', () => {
    const text = renderMarkdown(comparison([sampleRun()], [slow]))
    expect(text).toMatch(/^## ✗ worse: 1 measure is worse than before\n/)
    expect(text).toMatch(
      /### worse \(1\)\n\n\| measure .*\n\|---.*\n\| `crossInstanceP50Ms` \| steady \| 8\.0\d ms \| 300 ms \|/,
    )
    expect(text).toMatch(/<details><summary>the same within the floors \(\d+\)<\/summary>\n\n\| measure/)
    expect(text).toContain('floors alone decide')
  })

  test('every row has as many cells as its head', () => {
    const rows = renderMarkdown(comparison([sampleRun()], [lossy]))
      .split('\n')
      .filter(line => line.startsWith('|'))
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(10)
  })

  test('names of folders cannot break out', () => {
    const odd = { ...sideOf('new', [sampleRun()]), name: 'runs/<b>|x' }
    const text = renderMarkdown(compareSides(sideOf('old', [sampleRun()]), odd, FLOORS))
    expect(text).toContain('- new: runs/&lt;b>\\|x (pass)')
  })
})
