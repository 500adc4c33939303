import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Tests of the service that measure time, memory or CPU, or keep all of the machine busy. The others mostly wait for limits of the
 * service to pass, and allow for a busy machine.
 */
const MEASURES = ['fuzz', 'lost-instance', 'presence-random', 'quiet-rooms', 'redis-half-open']
  .concat('redis-black-hole', 'slow-reader', 'unread-answers')
  .map(name => `service/${name}.real.test.ts`)
const OF_THE_SERVICE = 'service/**/*.real.test.ts'
const NOT_OURS = '**/node_modules/**'

const REAL = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Hundreds of processes are started from the same sources: compiled once, each takes a third less of the CPU to start.
  env: { NODE_COMPILE_CACHE: join(tmpdir(), 'tuesday-compile-cache') },
}

/**
 * What needs Redis, Docker or real time is in `*.real.test.ts`; it runs after the unit tests. First those of the service that do not mind
 * neighbours, two files at a time; then the others, one file at a time. Both: `vitest run --project 'real*' <file>`.
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
          exclude: [NOT_OURS, '**/*.real.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real-in-pairs',
          include: [OF_THE_SERVICE],
          exclude: [NOT_OURS, ...MEASURES],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...REAL,
        },
      },
      {
        test: {
          name: 'real',
          include: ['{bench,client,harness,scripts}/**/*.real.test.ts', ...MEASURES],
          exclude: [NOT_OURS],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...REAL,
        },
      },
    ],
  },
})
