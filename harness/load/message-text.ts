/**
 * Texts that say which message of the plan they are, so that any receiver can tell a message that was never sent, or that was
 * changed on the way: `<number> <instance> ` and a filling that depends on the number, up to the length asked for.
 */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
export interface MessageTag {
  readonly number: number
  /** Index of the instance that the sender was connected to at the hand-over, -1 for none. */
  readonly instance: number
}

export function makeText(tag: MessageTag, textBytes: number): string {
  const head = `${tag.number} ${tag.instance} `
  return head + fillingOf(tag.number, textBytes - head.length)
}

/** The tag of a text that is exactly as {@link makeText} made it, else null. */
export function readText(text: string, textBytes: number): MessageTag | null {
  const match = /^(\d{1,10}) (-?\d{1,6}) /.exec(text)
  if (match === null || text.length !== textBytes) return null
  const tag = { number: Number(match[1]), instance: Number(match[2]) }
  return text === makeText(tag, textBytes) ? tag : null
}

/** The number that a text begins with, whatever follows; for telling which message was changed. */
export function claimedNumber(text: string): number | null {
  const match = /^(\d{1,10}) /.exec(text)
  return match === null ? null : Number(match[1])
}

function fillingOf(number: number, length: number): string {
  const start = number % ALPHABET.length
  const turned = ALPHABET.slice(start) + ALPHABET.slice(0, start)
  return turned.repeat(Math.ceil(length / ALPHABET.length)).slice(0, length)
}
