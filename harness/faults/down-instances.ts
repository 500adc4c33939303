/** Who is down, so that no more are down at the same time than the scenario allows, and nobody is hit while down. */

export class DownInstances {
  readonly #max: number
  readonly #down = new Set<string>()
  #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** Resolves with true once the instance may be taken down, and then counts it as down; with false at the abort. */
  async take(instance: string, abort: AbortSignal): Promise<boolean> {
    while (!abort.aborted && (this.#down.has(instance) || this.#down.size >= this.#max)) await this.#nextRelease(abort)
    if (abort.aborted) return false
    this.#down.add(instance)
    return true
  }

  release(instance: string): void {
    this.#down.delete(instance)
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  #nextRelease(abort: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      abort.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
