import { expect, test } from 'vitest'
import { CLIENT_DEFAULTS } from '../../client/options.ts'
import { DEFAULTS } from './scenario.ts'

test('without a word of the scenario clients ask for a sign of life when the client library does', () => {
  expect(DEFAULTS.idlePingSeconds * 1000).toBe(CLIENT_DEFAULTS.idlePingMs)
})
