/** Classes of rooms by the number of their members on one instance, as metrics tell them apart. */

import { ROOM_SIZES, type RoomSize } from './metric-names.ts'

/** Index into {@link ROOM_SIZES}. An empty room counts with the smallest. */
export function sizeIndexOf(members: number): number {
  let index = ROOM_SIZES.length - 1
  while (index > 0 && members < ROOM_SIZES[index]!.membersMin) index--
  return index
}

/** One item for each size, found by the number of members without a look at any label. */
export class BySize<Item> {
  readonly #items: readonly Item[]

  constructor(create: (size: RoomSize) => Item) {
    this.#items = ROOM_SIZES.map(({ label }) => create(label))
  }

  of(members: number): Item {
    return this.#items[sizeIndexOf(members)]!
  }
}
