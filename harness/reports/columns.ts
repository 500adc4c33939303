/**
 * Text in columns, for people.
 */

export type Alignment = 'left' | 'right'

/** Pads the cells so that columns line up, two blanks apart; columns without an alignment are on the left. No blanks at line ends. */
export function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
    })
  }
  return rows.map(row =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - widthOf(cell))
        return alignments[column] === 'right' ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Characters as a terminal shows them; colour codes take no room. Wide characters are not handled: the reports use none. */
function widthOf(text: string): number {
  return [...text.replace(/\x1b\[[0-9;]*m/g, '')].length
}
