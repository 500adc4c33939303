import { defineConfig } from 'vitest/config'

/** What needs Redis, Docker or real time is in `*.real.test.ts` and runs one file at a time: the parts share two cores. */
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
        },
      },
      {
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
