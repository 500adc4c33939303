/** The text of a message that is published over HTTP: says which message of its connection it is. */

const LEAD = 'http '
const TEXT_PATTERN = /^http (\d+) \.*$/

/** `textBytes` long, at least as long as the number needs. */
export function writeText(number: number, textBytes: number): string {
  return `${LEAD}${number} `.padEnd(textBytes, '.')
}

/** The message's number; -1 where the text is no such message as it was sent. */
export function readText(text: string, textBytes: number): number {
  const number = Number(TEXT_PATTERN.exec(text)?.[1] ?? -1)
  return number !== -1 && text === writeText(number, textBytes) ? number : -1
}
