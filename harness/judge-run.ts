/** From a run's folder to its verdict: reads the saved ledger, judges it, writes `result.json`, `curves.json` and the other reports, prints one. */

import { join, relative } from 'node:path'
import type { Curves } from './curves/curves.ts'
import { deriveCurves } from './curves/derive-curves.ts'
import type { Ledger } from './ledger/ledger.ts'
import { readLedger } from './ledger/read-ledger.ts'
import type { Plan } from './plan/plan.ts'
import { writeCurves } from './reports/curves-file.ts'
import { REPORT_NAMES, REPORT_WRITERS, type ReportName } from './reports/report-writers.ts'
import { assembleResult, writeResult } from './reports/result.ts'
import { renderTerminal } from './reports/terminal.ts'
import { writeReports } from './reports/write-reports.ts'
import { type RunFolder, readFacts, readPlan } from './run-folder.ts'
import { judge } from './verdict/verdict.ts'

export interface JudgeOptions {
  /** Besides `result.json` and `curves.json`. Default: all. */
  readonly reports?: readonly ReportName[]
  readonly print: (line: string) => void
}

/**
 * Resolves with the exit code of the verdict. Judging a folder again gives the same result. Throws `RunFolderError`, `LedgerError` or
 * `ScenarioError` where something in the folder is damaged.
 */
export async function judgeRun(folder: RunFolder, { reports = REPORT_NAMES, print }: JudgeOptions): Promise<number> {
  const { plan, scenario } = readPlan(folder)
  const ledger = await readLedger(folder.path, plan)
  const result = assembleResult(plan, judge(plan, scenario.budgets, ledger), readFacts(folder))
  await writeResult(folder.path, result)
  const known = tryCurves(plan, ledger)
  await writeCurves(folder.path, known.curves)
  await writeReports({ folder: folder.path, plan, ledger, result, ...known }, { reports, print })
  const report = reports.includes('html') ? shortPath(join(folder.path, REPORT_WRITERS.html.file)) : null
  const useColours = process.stdout.isTTY === true && !process.env.NO_COLOR
  print(renderTerminal(result, { folder: shortPath(folder.path), report, useColours }).trimEnd())
  return result.exitCode
}

/** A verdict does not rest on curves: a ledger that they cannot be worked out of is told of, and no more. */
function tryCurves(plan: Plan, ledger: Ledger): { curves: Curves | null; whyNoCurves: string | null } {
  if (ledger.loadOfOthers !== undefined)
    return { curves: null, whyNoCurves: 'others made the load, and nothing is known of it here' }
  try {
    return { curves: deriveCurves(plan, ledger), whyNoCurves: null }
  } catch (error) {
    return { curves: null, whyNoCurves: (error as Error).message }
  }
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
