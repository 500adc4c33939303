/**
 * From a run's folder to its verdict: reads the saved ledger, judges it, writes `result.json`, `curves.json` and `report.html`, prints the report.
 */

import { relative } from 'node:path'
import type { Curves } from './curves/curves.ts'
import { deriveCurves } from './curves/derive-curves.ts'
import type { Ledger } from './ledger/ledger.ts'
import { readLedger } from './ledger/read-ledger.ts'
import type { Plan } from './plan/plan.ts'
import { writeCurves } from './reports/curves-file.ts'
import { writeReport } from './reports/html/write-report.ts'
import { assembleResult, writeResult } from './reports/result.ts'
import { renderTerminal } from './reports/terminal.ts'
import { type RunFolder, readFacts, readPlan } from './run-folder.ts'
import { judge } from './verdict/verdict.ts'

/**
 * Resolves with the exit code of the verdict. Judging a folder again gives the same result. Throws `RunFolderError`, `LedgerError` or
 * `ScenarioError` where something in the folder is damaged.
 */
export async function judgeRun(folder: RunFolder, print: (line: string) => void): Promise<number> {
  const { plan, scenario } = readPlan(folder)
  const ledger = await readLedger(folder.path, plan)
  const result = assembleResult(plan, judge(plan, scenario.budgets, ledger), readFacts(folder))
  await writeResult(folder.path, result)
  const { curves, whyNoCurves } = tryCurves(plan, ledger)
  await writeCurves(folder.path, curves)
  const { rollCallAtMs } = ledger
  const report = await writeReport(folder.path, { result, plan, curves, whyNoCurves, rollCallAtMs })
  const useColours = process.stdout.isTTY === true && !process.env.NO_COLOR
  const places = { folder: shortPath(folder.path), report: shortPath(report) }
  print(renderTerminal(result, { ...places, useColours }).trimEnd())
  return result.exitCode
}

/** A verdict does not rest on curves: a ledger that they cannot be worked out of is told of, and no more. */
function tryCurves(plan: Plan, ledger: Ledger): { curves: Curves | null; whyNoCurves: string | null } {
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
