/** From a run's folder to its verdict: reads the saved ledger, judges it, writes `result.json` and the other reports, prints one. */

import { relative } from 'node:path'
import { readLedger } from './ledger/read-ledger.ts'
import { REPORT_NAMES, type ReportName } from './reports/report-writers.ts'
import { assembleResult, writeResult } from './reports/result.ts'
import { renderTerminal } from './reports/terminal.ts'
import { writeReports } from './reports/write-reports.ts'
import { type RunFolder, readFacts, readPlan } from './run-folder.ts'
import { judge } from './verdict/verdict.ts'

export interface JudgeOptions {
  /** Besides `result.json`. Default: all. */
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
  await writeReports({ folder: folder.path, plan, ledger, result }, { reports, print })
  const useColours = process.stdout.isTTY === true && !process.env.NO_COLOR
  print(renderTerminal(result, { folder: shortPath(folder.path), useColours }).trimEnd())
  return result.exitCode
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
