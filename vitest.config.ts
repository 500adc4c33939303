import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests of the service that measure time, memory or CPU, or keep all of the machine busy. The others mostly wait for its limits to pass. */
const ALONE =
  'fuzz*|lost-instance|presence-random|quiet-rooms|redis-half-open|redis-black-hole|slow-reader|unread-answers'
/**
 * All others of the service, and of the harness those that measure nothing but that something is slower than before: without a load, or with a small one
 * and wide limits. Not those that kill a harness and look what the next one clears away: that could be a neighbour's. Nor `roles`, which has up to five
 * clusters starting at a time: an instance of a neighbour had not begun to listen after 15 s.
 */
const IN_PAIRS = [
  `service/**/!(${ALONE}).real.test.ts`,
  'dashboards/**/*.real.test.ts',
  'harness/{gate,live-view,package,redis-pauses}.real.test.ts',
  'harness/cluster/{balancer,docker-cluster,links,process-cluster}.real.test.ts',
  'harness/compare/*.real.test.ts',
  'harness/explore/run-scenario-file.real.test.ts',
  'harness/faults/*.real.test.ts',
  'harness/k6/*.real.test.ts',
  'harness/proxy/stream-integrity.real.test.ts',
  'harness/reports/{formats,html/report}.real.test.ts',
  'harness/visitors/*.real.test.ts',
  'stack/{queries,stack}.real.test.ts',
  'web/demo/*.real.test.ts',
  'web/tests/{talk,views}.real.test.ts',
]
const NOT_OURS = '**/node_modules/**'

const REAL = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Hundreds of processes are started from the same sources: compiled once, each takes a third less of the CPU to start.
  env: { NODE_COMPILE_CACHE: join(tmpdir(), 'tuesday-compile-cache') },
}

/**
 * What needs Redis, Docker or real time is in `*.real.test.ts`; it runs after the unit tests. First those that do not mind neighbours, two files at a
 * time; then the others, one file at a time. Both: `vitest run --project 'real*' <file>`.
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
          // Two hundred small files: a process for each, one after the other, took twice as long.
          pool: 'threads',
          maxWorkers: 2,
          // Against a test that hangs: what computes for a second takes many where others compute, too.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real-in-pairs',
          include: IN_PAIRS,
          exclude: [NOT_OURS],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...REAL,
        },
      },
      {
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: [NOT_OURS, ...IN_PAIRS],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...REAL,
        },
      },
    ],
  },
})
