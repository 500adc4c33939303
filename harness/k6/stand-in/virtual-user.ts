/**
 * One virtual user: what its iteration still waits for. As in k6, an iteration is over when its function has returned and no timer and no socket of it is
 * left.
 */

export type IterationEnd = 'complete' | 'interrupted'

export class VirtualUser {
  /** From 1. */
  readonly id: number
  /** How to call off what it waits for. */
  readonly #held = new Set<() => void>()
  readonly #over = Promise.withResolvers<IterationEnd>()
  #isRunning = false

  constructor(id: number) {
    this.id = id
  }

  /** Whether it is in the init context, where k6 has metrics and shared arrays made, and nowhere else. */
  get isInInit(): boolean {
    return !this.#isRunning
  }

  /** Runs one iteration. Rejects with the first exception of the script, in whichever callback it was thrown. */
  async iterate(act: () => unknown): Promise<IterationEnd> {
    this.#isRunning = true
    const release = this.hold(() => {})
    try {
      await act()
    } catch (error) {
      this.#over.reject(error)
    }
    release()
    return await this.#over.promise
  }

  /** Something that the iteration waits for. Answers how to say that it is over. */
  hold(callOff: () => void): () => void {
    this.#held.add(callOff)
    return () => {
      this.#held.delete(callOff)
      if (this.#held.size === 0) this.#over.resolve('complete')
    }
  }

  /** Calls the script back. */
  call(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#over.reject(error)
    }
  }

  interrupt(): void {
    this.#over.resolve('interrupted')
    for (const callOff of this.#held) callOff()
  }
}

const users = new Map<number, VirtualUser>()

/** The same one for the same number. Number 0 has no iteration: it stands for the first look at the script, for its options. */
export function virtualUser(id: number): VirtualUser {
  let user = users.get(id)
  if (user === undefined) {
    user = new VirtualUser(id)
    users.set(id, user)
  }
  return user
}

/** Whose module this is, by its URL, which ends in `?vu=<id>`. */
export function userOfModule(url: string): VirtualUser {
  return virtualUser(Number(new URL(url).searchParams.get('vu')))
}
