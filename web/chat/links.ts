/** Finds the addresses in a text. What is shown stays text: nothing here makes HTML. */

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi
/** What ends a sentence around an address rather than the address. */
const TRAILING = '.,:;!?…*_~'

/** The parts of the text in their order; joined they are the text. Only `http:` and `https:` become links. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(match[0])
    const href = hrefOf(address)
    if (href === null) continue
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) })
    parts.push({ kind: 'link', text: address, href })
    end = match.index + address.length
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return parts
}

/** Goes from the end to the beginning once: the text is somebody else's, and he may have made it long on purpose. */
function withoutTrailing(found: string): string {
  // How many closing brackets there are more than opening ones.
  let round = count(found, ')') - count(found, '(')
  let square = count(found, ']') - count(found, '[')
  let end = found.length
  for (; end > 0; end -= 1) {
    const last = found[end - 1]!
    // A closing bracket belongs to the address only where it was opened in it.
    if (last === ')' && round > 0) round -= 1
    else if (last === ']' && square > 0) square -= 1
    else if (!TRAILING.includes(last)) break
  }
  return found.slice(0, end)
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

function hrefOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  // A name before the host is how one address is made to look like another.
  return isWeb && url.username === '' && url.password === '' ? url.href : null
}
