import { expect, it } from 'vitest'
import { renderMatrix, renderPage, renderSection, serviceSectionOf, summaryLine } from './matrix.ts'
import type { MutantOutcome } from './outcome.ts'

const DROPS: MutantOutcome = {
  of: 'service',
  mutant: 'drops-deliveries',
  about: 'One delivery in a thousand is dropped.',
  where: 'even-talk',
  caughtBy: ['lost'],
  broken: ['holes', 'lost'],
  isCaught: true,
  because: '',
  seconds: 20,
}
const COUNTS: MutantOutcome = {
  ...DROPS,
  mutant: 'counts-up',
  about: 'It counts up.',
  caughtBy: ['diverged'],
  broken: ['counterWrong'],
  isCaught: false,
  because: 'not by diverged',
}
const EXITS: MutantOutcome = { ...DROPS, mutant: 'exits', where: 'stop', caughtBy: ['late'], broken: ['late'] }
const LEDGER: MutantOutcome = { ...DROPS, of: 'ledger', mutant: 'seq-twice', where: 'a saved run' }

it('has a row for each mutant and a column for each measure that broke or had to, as declared; what is not declared comes last', () => {
  expect(renderMatrix([DROPS, COUNTS]).split('\n')).toEqual([
    '**even-talk**',
    '',
    '| mutant           | lost | diverged | holes | counterWrong | verdict        | bug                                    |',
    '|------------------|------|----------|-------|--------------|----------------|----------------------------------------|',
    '| drops-deliveries | ●    |          | ○     |              | caught         | One delivery in a thousand is dropped. |',
    '| counts-up        |      |          |       | ○            | **not caught** | It counts up.                          |',
    '',
    '**Not caught**',
    '',
    '- counts-up: not by diverged',
  ])
})

it('has a table for each place where mutants are shown', () => {
  const lines = renderMatrix([DROPS, EXITS], new Map([['stop', 'One is asked to go.']])).split('\n')
  expect(lines.filter(line => line.startsWith('**'))).toEqual(['**even-talk**', '**stop**: One is asked to go.'])
  expect(lines.filter(line => line.startsWith('| mutant')).map(line => line.replaceAll(/ +/g, ' '))).toEqual([
    '| mutant | lost | holes | verdict | bug |',
    '| mutant | late | verdict | bug |',
  ])
})

it('counts', () => {
  expect(summaryLine([DROPS, COUNTS, EXITS])).toBe('2 of 3 mutants caught')
})

const FACTS = {
  date: '2026-11-24T15:00:00Z',
  revision: 'abc1234',
  command: 'npm run mutants',
  seconds: 900,
  abouts: new Map(),
}

it('tells of the service and of ledgers apart, each with when and how', () => {
  const all = [LEDGER, DROPS, COUNTS]
  const page = renderPage(renderSection('service', all, FACTS), renderSection('ledger', all, { ...FACTS, seconds: 5 }))
  const order = [
    '# Mutants',
    '## Bugs of the service',
    '`npm run mutants` at abc1234, 2026-11-24, in 900 seconds: **1 of 2 mutants caught**.',
    'drops-deliveries',
    '## Bugs in a ledger',
    'in 5 seconds: **1 of 1 mutants caught**.',
    'seq-twice',
  ]
  const places = order.map(text => page.indexOf(text))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
})

it('keeps what a page says of the service where ledgers are shown again', () => {
  const service = renderSection('service', [DROPS], FACTS)
  const page = renderPage(service, renderSection('ledger', [LEDGER], FACTS))
  expect(serviceSectionOf(page)).toBe(service)
  expect(() => serviceSectionOf('# Mutants')).toThrow('has no "## Bugs of the service"')
})
