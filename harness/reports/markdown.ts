/** Text and tables for Markdown, as GitHub and GitLab read it. */

import { withoutControls } from './control-characters.ts'

/**
 * Text that stands for itself wherever it is put in a line, a table's cell too: nothing in it is read as Markdown or HTML. Line feeds become
 * blanks.
 */
export function escapeMarkdown(text: string): string {
  return withoutControls(text)
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~#$!]/g, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[-+=]/, '\\$&')
}

/** A table whose cells are Markdown already. Columns with `right` are numbers. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (right.includes(column) ? '--:' : ':--'))), ...rows.map(line)]
}

/** A block that is shown as it is; its fence is longer than any within. */
export function codeBlock(text: string, language: string): string[] {
  const plain = withoutControls(text)
  const longest = Math.max(2, ...[...plain.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, plain, fence]
}
