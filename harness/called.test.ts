import { expect, test } from 'vitest'
import { asCalled } from './called.ts'

test.each([
  ['npm run scenario smoke -- --driver process --seed 7', 'npx tuesday scenario smoke --driver process --seed 7'],
  ['Again: npm run check runs/latest', 'Again: npx tuesday check runs/latest'],
  [
    'npm run scenario <name> [-- flags]     run one and judge it',
    'npx tuesday scenario <name> [flags]    run one and judge it',
  ],
  ['npm run scenario                       list', 'npx tuesday scenario                   list'],
  ['  again:   npm run scenario a.ts -- --seed 7', '  again:   npx tuesday scenario a.ts --seed 7'],
  ['nothing of the kind -- --seed', 'nothing of the kind -- --seed'],
])('%s', (text, called) => {
  expect(asCalled(text, true)).toBe(called)
  expect(asCalled(text, false)).toBe(text)
})
