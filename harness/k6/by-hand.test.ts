import { describe, expect, test } from 'vitest'
import { loadByHand } from './by-hand.ts'

const ABOUT = {
  ...{ name: 'steady', word: 'steady', variables: ['TUESDAY_URLS=ws://127.0.0.1:8080', 'TUESDAY_SEED=7'] },
  ...{ hasScript: true, isPackage: false },
}

describe('how to make the load of a run by hand', () => {
  test('names the script with the addresses', () => {
    expect(loadByHand(ABOUT)).toEqual([
      expect.stringMatching(/^no load is made here: .* with k6 for example:$/),
      'k6 run -e TUESDAY_URLS=ws://127.0.0.1:8080 -e TUESDAY_SEED=7 scenarios/k6/steady.ts',
    ])
  })

  test('writes the script first where there is none', () => {
    const [, command] = loadByHand({ ...ABOUT, name: 'gate', word: "'my scenarios/gate.ts'", hasScript: false })
    expect(command).toMatch(/^npm run k6 -- 'my scenarios\/gate\.ts' && k6 run -e .* scenarios\/k6\/gate\.ts$/)
  })

  test('says that the package has no scripts, and where they are', () => {
    const [about, command] = loadByHand({ ...ABOUT, hasScript: false, isPackage: true })
    expect(about).toContain('in a working copy of Tuesday:')
    expect(command).toMatch(/^npm run k6 -- steady && k6 run /)
  })
})
