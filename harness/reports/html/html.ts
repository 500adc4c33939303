/**
 * HTML as template literals. Whatever is put in is escaped, so that no name, text or evidence of a run can become markup; only what has been
 * made by {@link html} itself goes in as it is.
 */

/** Markup, which is not escaped again. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** Null, undefined and false are nothing; lists are put one after the other. */
export type Content = Html | string | number | null | undefined | false | readonly Content[]

export const NOTHING = new Html('')

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let text = parts[0]!
  contents.forEach((content, index) => {
    text += render(content) + parts[index + 1]!
  })
  return new Html(text)
}

/** Data for the page's script. No text in it can end the element that holds it. */
export function jsonText(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

/** A file of our own, or of a library, as it is. Throws where it would end the element that holds it. */
export function ownText(text: string, element: 'script' | 'style'): Html {
  if (text.toLowerCase().includes(`</${element}`)) throw new Error(`a file for <${element}> has "</${element}" in it`)
  return new Html(text)
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (content instanceof Html) return content.toString()
  if (typeof content === 'object') return content.map(render).join('')
  return escapeText(String(content))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  // Other control characters than tab and line feed are not allowed in HTML, and would hide what they stand in.
  return text.replaceAll(/[&<>"']/g, sign => ENTITIES[sign]!).replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '\ufffd')
}
