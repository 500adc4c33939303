/**
 * Delta debugging: the smallest part of a list that still fails. Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
 * input", IEEE Transactions on Software Engineering 28(2), 2002: the algorithm ddmin.
 */

/**
 * A sublist of `items` of which nothing alone can be left out, in their order; 1-minimal where `fails` answers the same every time. The
 * whole list is taken to fail and is not tried; nothing at all is tried once one item is left.
 */
export async function minimize<Item>(
  items: readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let present = items
  let parts = 2
  while (present.length >= 2) {
    const smaller = await firstFailing(split(present, parts), fails)
    if (smaller === null) {
      if (parts >= present.length) break
      parts = Math.min(present.length, parts * 2)
      continue
    }
    parts = smaller.isComplement ? Math.max(parts - 1, 2) : 2
    present = smaller.items
  }
  return present.length === 1 && (await fails([])) ? [] : present
}

async function firstFailing<Item>(
  parts: readonly (readonly Item[])[],
  fails: (part: readonly Item[]) => Promise<boolean>,
): Promise<{ items: readonly Item[]; isComplement: boolean } | null> {
  for (const part of parts) if (await fails(part)) return { items: part, isComplement: false }
  // Of two parts, each is the other's complement.
  if (parts.length === 2) return null
  for (const part of parts) {
    const rest = parts.filter(other => other !== part).flat()
    if (await fails(rest)) return { items: rest, isComplement: true }
  }
  return null
}

/** Into so many parts of about the same length, none of them empty. */
function split<Item>(items: readonly Item[], parts: number): (readonly Item[])[] {
  return Array.from({ length: parts }, (_, index) =>
    items.slice(Math.floor((index * items.length) / parts), Math.floor(((index + 1) * items.length) / parts)),
  )
}
