/** Tables that a screen reader can name, and a phone can push sideways. */

import { type Content, type Html, html } from './html.ts'

export interface Column {
  readonly head: Content
  readonly isNumber?: boolean
}

export interface Row {
  /** One for each column; the first one names the row. */
  readonly cells: readonly Content[]
  readonly look?: 'bad' | 'doubtful'
  /** Goes on below, over all columns but the first. */
  readonly note?: Content
}

export interface Table {
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

export function table({ caption, columns, rows }: Table): Html {
  const kind = (column: number) => (columns[column]?.isNumber ? 'number' : '')
  return html`
    <div class="scroll" role="region" aria-label="${caption}" tabindex="0">
      <table>
        <caption><div class="wraps">${caption}</div></caption>
        <thead><tr>${columns.map(({ head }, column) => html`<th scope="col" class="${kind(column)}">${head}</th>`)}</tr></thead>
        <tbody>${rows.map(row => bodyRow(row, columns.length, kind))}</tbody>
      </table>
    </div>`
}

function bodyRow({ cells, look, note }: Row, columns: number, kind: (column: number) => string): Html {
  const [first, ...others] = cells
  return html`
    <tr class="${look} ${note && 'noted'}">
      <th scope="row" class="${kind(0)}">${first}</th>
      ${others.map((cell, index) => html`<td class="${kind(index + 1)}">${cell}</td>`)}
    </tr>
    ${note && html`<tr class="note ${look}"><td colspan="${columns}"><div class="wraps">${note}</div></td></tr>`}`
}
