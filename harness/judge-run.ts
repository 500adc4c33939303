/** From a run's folder to its verdict: reads the saved ledger, judges it, writes `result.json`, prints the report. */

import { relative } from 'node:path'
import { readLedger } from './ledger/read-ledger.ts'
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
  const useColours = process.stdout.isTTY === true && !process.env.NO_COLOR
  print(renderTerminal(result, { folder: shortPath(folder.path), useColours }).trimEnd())
  return result.exitCode
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
