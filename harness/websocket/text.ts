/** Bytes of a message as text: checked, since a WebSocket's text has to be UTF-8, and decoded at once. */

import { isUtf8 } from 'node:buffer'

export function isText(bytes: Buffer, start: number, end: number): boolean {
  return isUtf8(bytes.subarray(start, end))
}

/** Null where the bytes are not UTF-8. */
export function textOf(bytes: Buffer, start: number, end: number): string | null {
  return isText(bytes, start, end) ? bytes.toString('utf8', start, end) : null
}
