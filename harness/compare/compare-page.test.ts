import { describe, expect, test } from 'vitest'
import { renderComparePage } from './compare-page.ts'
import { compareSides } from './compare-sides.ts'
import { FLOORS } from './floors.ts'
import { runWithMedian, sampleRun, sideOf } from './sample-runs.ts'

const page = (...fresh: Parameters<typeof sideOf>[1][number][]) =>
  renderComparePage(compareSides(sideOf('old', [sampleRun()]), sideOf('new', fresh), FLOORS))

describe('the page', () => {
  test('says what is worse, before everything that is the same', () => {
    const text = page(runWithMedian(300))
    expect(text).toContain('<title>worse: sketch</title>')
    expect(text).toContain('<h1>worse: 1 measure is worse than before</h1>')
    expect(text.indexOf('<section id="worse">')).toBeLessThan(text.indexOf('<section id="same">'))
    expect(text).toContain('+292 ms')
  })

  test('asks for nothing from anywhere', () => {
    const text = page(sampleRun())
    expect(text).not.toMatch(/(?:src|href)="(?!#)/)
    expect(text).toContain('default-src &#39;none&#39;')
  })

  test('shows what a run says as text', () => {
    const text = page({ ...sampleRun(), command: 'npm run <script>alert(1)</script>' })
    expect(text).toContain('npm run &lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).not.toContain('<script>alert')
  })

  test('says where there are no curves', () => {
    expect(page(sampleRun())).toContain('No run of either side has curves')
  })
})
