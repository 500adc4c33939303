/** Writes the reports of a run into its folder. */

import { appendFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type JudgedRun, REPORT_WRITERS, type ReportName } from './report-writers.ts'

/** Where GitHub Actions takes the summary of a job's step from: the path of a file, to be appended to. */
const STEP_SUMMARY = 'GITHUB_STEP_SUMMARY'

export interface WriteReportsOptions {
  readonly reports: readonly ReportName[]
  /** Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly print: (line: string) => void
}

/** Each whole or not at all. A job summary that cannot be appended to is told, and is no error: the run has been judged. */
export async function writeReports(run: JudgedRun, options: WriteReportsOptions): Promise<void> {
  const { reports, print, environment = process.env } = options
  for (const name of reports) {
    const { file, render } = REPORT_WRITERS[name]
    const text = await render(run)
    const path = join(run.folder, file)
    await writeFile(`${path}.unfinished`, text)
    await rename(`${path}.unfinished`, path)
    const summary = environment[STEP_SUMMARY]
    if (name === 'summary' && summary) await appendToSummary(summary, text, print)
  }
}

async function appendToSummary(path: string, text: string, print: (line: string) => void): Promise<void> {
  try {
    await appendFile(path, `${text}\n`)
  } catch (error) {
    print(`${STEP_SUMMARY}: the summary could not be added to it: ${(error as Error).message}`)
  }
}
