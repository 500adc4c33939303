/** A store of the browser that may be missing, full or forbidden: the person can go on, and nothing is kept. */

/** The part of `localStorage` and `sessionStorage` that is used. */
export interface TextStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export class SafeStore {
  readonly #store: TextStore | null

  constructor(store: TextStore | null) {
    this.#store = store
  }

  /** Asking for the store throws where the person has forbidden it. */
  static open(open: () => TextStore): SafeStore {
    try {
      return new SafeStore(open())
    } catch {
      return new SafeStore(null)
    }
  }

  get(key: string): string | null {
    try {
      return this.#store?.getItem(key) ?? null
    } catch {
      return null
    }
  }

  /** Null also where it is no JSON. */
  getJson(key: string): unknown {
    try {
      return JSON.parse(this.get(key) ?? 'null')
    } catch {
      return null
    }
  }

  /** Null removes it. */
  set(key: string, value: string | null): void {
    try {
      if (value === null) this.#store?.removeItem(key)
      else this.#store?.setItem(key, value)
    } catch {}
  }
}
