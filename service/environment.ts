/** Reads typed values out of environment variables, and collects what is wrong with them. An empty value counts as a missing one. */

export type Environment = Readonly<Record<string, string | undefined>>

export class EnvironmentReader {
  /** One sentence for each variable that cannot be used. */
  readonly problems: string[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** A whole number from `min` to `max`. */
  number(name: string, fallback: number, min: number, max: number): number {
    const found = this.#find(name)
    if (found === null) return fallback
    const value = Number(found)
    if (/^\d+$/.test(found) && value >= min && value <= max) return value
    this.problems.push(`${name} is "${found}"; a whole number from ${min} to ${max} is allowed`)
    return fallback
  }

  text<Fallback extends string | null>(
    name: string,
    fallback: Fallback,
    pattern: RegExp,
    allowed: string,
  ): string | Fallback {
    const found = this.#find(name)
    if (found === null) return fallback
    if (pattern.test(found)) return found
    this.problems.push(`${name} is "${withoutPassword(found)}"; allowed is ${allowed}`)
    return fallback
  }

  /** Items between commas. */
  list(name: string, isAllowed: (item: string) => boolean, allowed: string): readonly string[] {
    const found = this.#find(name)
    if (found === null) return []
    const items = found.split(',').map(item => item.trim())
    if (items.every(isAllowed)) return items
    this.problems.push(`${name} is "${found}"; allowed is ${allowed}, several between commas`)
    return []
  }

  /** Says nothing of the value in a complaint. */
  secret(name: string): string | null {
    return this.#find(name)
  }

  #find(name: string): string | null {
    const found = this.#environment[name]
    return found === undefined || found === '' ? null : found
  }
}

/** A URL that is told to the log. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/.*@/, '//…@')
}
