/** Which rooms visitors are in at this moment, over all parties: what a room's counter may rightly tell beyond the plan's clients. */

export class Presence {
  readonly #counts = new Map<string, number>()

  entered(room: string): void {
    this.#counts.set(room, this.of(room) + 1)
  }

  left(room: string): void {
    this.#counts.set(room, this.of(room) - 1)
  }

  of(room: string): number {
    return this.#counts.get(room) ?? 0
  }
}
