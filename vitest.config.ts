import { defineConfig } from 'vitest/config'

/**
 * What needs Redis, Docker or real time is in `*.real.test.ts`; it runs after the unit tests and one file at a time, since what it
 * measures would suffer from neighbours.
 */
export default defineConfig({
  test: {
    // `.ci/run` counts the tests from the second report.
    reporters: process.env.VITEST_JSON ? ['default', ['json', { outputFile: process.env.VITEST_JSON }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.real.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
