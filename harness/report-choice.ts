/** Which reports a command is to write: the flag `--report`. */

import { type Flag, UsageError, type Values } from './command-flags.ts'
import { REPORT_NAMES, REPORT_WRITERS, type ReportName, type ReportWriter } from './reports/report-writers.ts'
import { suggestion } from './scenario/nearest.ts'

/** In place of names: `result.json` alone. */
const NONE = 'none'

const FILES = Object.entries<ReportWriter>(REPORT_WRITERS).map(([name, { file }]) => `${name} (${file})`)

export const REPORT_FLAG: Flag = {
  value: 'names',
  about: `Reports to write besides result.json: ${FILES.join(', ')}; or ${NONE}. Several by commas, or by several flags. Default: all.`,
  isRepeatable: true,
}

/** In the order of the writers, each once. Throws {@link UsageError} for a name that is none. */
export function readReports(values: Values): readonly ReportName[] {
  const given = values.report as readonly string[] | undefined
  if (given === undefined) return REPORT_NAMES
  const words = given.flatMap(text => text.split(',')).map(word => word.trim())
  const unknown = words.find(word => !isReport(word) && word !== NONE)
  if (unknown !== undefined) {
    const names = [...REPORT_NAMES, NONE]
    throw new UsageError(`--report: found "${unknown}"; allowed is ${names.join(', ')}.${suggestion(unknown, names)}`)
  }
  if (words.includes(NONE) && words.some(isReport)) {
    throw new UsageError(
      `--report: found ${NONE} beside ${words.find(isReport)}; allowed is ${NONE} alone, or names of reports`,
    )
  }
  return REPORT_NAMES.filter(name => words.includes(name))
}

function isReport(word: string): word is ReportName {
  return Object.hasOwn(REPORT_WRITERS, word)
}
