/** docs/runbook.md, taken apart for the tests that hold it to what exists. */

export interface RunbookSection {
  readonly title: string
  readonly text: string
}

/** Its sections, each with everything up to the next. */
export function sectionsOf(runbook: string): RunbookSection[] {
  return runbook
    .split(/^## /m)
    .slice(1)
    .map(part => ({ title: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n') + 1) }))
}

/** The lines of all fenced blocks of a language. */
export function linesOf(runbook: string, language: string): string[] {
  const blocks = [...runbook.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
  return blocks.flatMap(([, text]) => text!.trimEnd().split('\n'))
}

/** PromQL, one query on a line. */
export function queriesOf(runbook: string): string[] {
  return linesOf(runbook, 'promql')
}
