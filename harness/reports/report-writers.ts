/**
 * The reports of a run, apart from `result.json` and `curves.json`, which are always written: name → file and how its text is made. A new one is entered here,
 * and is then written, offered by `--report`, and told of in the help.
 */

import type { Curves } from '../curves/curves.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { readPageParts } from './html/page-parts.ts'
import { renderReport } from './html/render-report.ts'
import { renderJunit } from './junit.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import type { RunResult } from './result.ts'
import { renderSummary } from './summary.ts'

/** Everything that is known of a run once it is judged. */
export interface JudgedRun {
  /** The run's, absolute. */
  readonly folder: string
  readonly plan: Plan
  readonly ledger: Ledger
  readonly result: RunResult
  /** Null: they could not be worked out, and `whyNoCurves` says why. */
  readonly curves: Curves | null
  readonly whyNoCurves: string | null
}

export interface ReportWriter {
  /** In the run's folder. */
  readonly file: string
  /** One line for the guide. */
  readonly about: string
  /** The whole text of the file. */
  readonly render: (run: JudgedRun) => string | Promise<string>
}

export const REPORT_WRITERS = {
  summary: {
    file: 'summary.md',
    about:
      'for people, short: verdict, what broke, budgets, faults. In a job of GitHub Actions it is added to the job summary, too',
    render: ({ result }) => renderSummary(result),
  },
  junit: {
    file: 'junit.xml',
    about: 'for CI servers: each budget is a test case',
    render: ({ result }) => renderJunit(result),
  },
  openmetrics: {
    file: 'result.openmetrics',
    about: 'for Prometheus and what reads its formats: verdict, budgets, counts, latencies, recovery as metrics',
    render: ({ result }) => renderOpenMetrics(result),
  },
  html: {
    file: 'report.html',
    about: 'for people: one page with the verdict, what broke and when, curves over time, faults and recovery',
    render: run => renderReport({ ...run, rollCallAtMs: run.ledger.rollCallAtMs }, readPageParts()),
  },
} as const satisfies Record<string, ReportWriter>

export type ReportName = keyof typeof REPORT_WRITERS
export const REPORT_NAMES = Object.keys(REPORT_WRITERS) as ReportName[]
