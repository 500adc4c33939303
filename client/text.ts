/** What the service takes as the text of a message. */

import type { RejectCode } from '../service/protocol.ts'

/** The code with which the service would refuse the text, or null. */
export function textProblem(text: string, textBytesMax: number): RejectCode | null {
  if (text.length === 0) return 'text-empty'
  return utf8BytesExceed(text, textBytesMax) ? 'text-too-long' : null
}

/** Counts only where it has to: a UTF-16 unit never takes more than three bytes of UTF-8. */
function utf8BytesExceed(text: string, bytesMax: number): boolean {
  const BYTES_PER_UNIT_MAX = 3
  if (text.length * BYTES_PER_UNIT_MAX <= bytesMax) return false
  if (text.length > bytesMax) return true
  let bytes = 0
  for (let i = 0; i < text.length; i += 1) bytes += unitBytes(text.charCodeAt(i))
  return bytes > bytesMax
}

/** A surrogate pair takes four bytes, two for each half. (A lone half becomes U+FFFD, three bytes; that one byte is not counted.) */
function unitBytes(unit: number): number {
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3
}
