import { expect, test } from 'vitest'
import { judge } from './judgement.ts'
import { resultsPage } from './results-page.ts'
import { TARGETS } from './targets.ts'

const { judged } = judge({ targets: TARGETS, samples: [], form: 'full', roundsMin: 5, measured: ['growth'] })
const page = {
  facts: ['2 cores', 'Node 24'],
  judged,
  sections: [{ name: 'growth' as const, about: 'cost', tables: '| a |' }],
  disturbed: null,
  limits: '## What was tried\n\nThis.\n',
}

test('the page has the machine, the targets, the tables, and at the end what people wrote', () => {
  const text = resultsPage(page)
  expect(text).toContain('- 2 cores\n- Node 24')
  expect(text).toContain('| cost per delivery from 100 to 10,000 clients')
  expect(text).toContain('## growth\n\ncost.\n\n| a |')
  expect(text.endsWith('## What was tried\n\nThis.\n')).toBe(true)
  expect(text).not.toContain('**')
})

test('a machine that was not quiet is told of at once', () => {
  expect(resultsPage({ ...page, disturbed: 'Others were busy.' })).toContain('**Others were busy.**')
})
