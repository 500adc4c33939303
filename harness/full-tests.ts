/**
 * Test support: `npm test` runs one test of each mechanism. What shows the same again, on the other driver or by another signal, runs in
 * `npm run test:full -- tests`.
 */

export const IS_FULL = process.env.FULL_TESTS === '1'
