/** The plan's names of rooms and those on the wire, as one string each: made once, compared and looked up millions of times. */

export class RoomNames {
  readonly #prefix: string
  readonly #onWire = new Map<string, string>()
  readonly #inPlan = new Map<string, string>()

  /** `prefix`: what a room's name on the wire begins with. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  onWire(planned: string): string {
    const known = this.#onWire.get(planned)
    if (known !== undefined) return known
    const wire = this.#prefix + planned
    this.#onWire.set(planned, wire)
    this.#inPlan.set(wire, planned)
    return wire
  }

  /** Of a room whose name on the wire was asked for before. */
  inPlan(wire: string): string {
    const planned = this.#inPlan.get(wire)
    if (planned === undefined) throw new Error(`nobody has entered a room "${wire}"`)
    return planned
  }
}
