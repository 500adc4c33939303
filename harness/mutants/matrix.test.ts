import { expect, it } from 'vitest'
import { renderMatrix, renderPage, summaryLine } from './matrix.ts'
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

it('tells on its page when and how, and of ledgers apart', () => {
  const date = '2026-11-24T15:00:00Z'
  const facts = { date, revision: 'abc1234', command: 'npm run mutants', seconds: 900, abouts: new Map() }
  const page = renderPage([LEDGER, DROPS, COUNTS], facts)
  expect(page).toContain('`npm run mutants` at abc1234, 2026-11-24, in 900 seconds: **2 of 3 mutants caught**.')
  const order = ['# Mutants', '## Bugs of the service', 'drops-deliveries', '## Bugs in a ledger', 'seq-twice']
  const places = order.map(text => page.indexOf(text))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  expect(renderPage([DROPS], facts)).not.toContain('Bugs in a ledger')
})
