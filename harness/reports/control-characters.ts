/** Text that came from elsewhere, such as a fault's evidence, made fit for files that others parse. */

const ESCAPE_SEQUENCES = /\x1b\[[0-9;?]*[ -/]*[@-~]/g
/** All that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), and the C1 controls, which it discourages. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g

/** Without colour codes, control characters and halves of surrogate pairs; tabs and line feeds stay. */
export function withoutControls(text: string): string {
  return text.toWellFormed().replace(ESCAPE_SEQUENCES, '').replace(/\r\n?/g, '\n').replace(CONTROLS, '')
}
