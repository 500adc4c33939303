/** The nearest spelling of a name, for messages about names that do not exist. */

/** Names at more edits than a third of the longer one have nothing to do with each other; two edits are always forgiven. */
const EDITS_FORGIVEN = 2
const SHARE_OF_LETTERS_FORGIVEN = 1 / 3

/** The candidate with the fewest edits from `name`, whatever the case, or null where none is near. The first of equals wins. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null
  let bestEdits = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase())
    const longer = Math.max(name.length, candidate.length)
    // A distance as long as the shorter name means that nothing of it has been kept.
    const isNear =
      edits < Math.min(name.length, candidate.length) &&
      edits <= Math.max(EDITS_FORGIVEN, Math.floor(longer * SHARE_OF_LETTERS_FORGIVEN))
    if (isNear && edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** ` Did you mean "x"?`, with the space before it, or nothing where no candidate is near. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)
  return near === null ? '' : ` Did you mean "${near}"?`
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`: the optimal string alignment distance,
 * a restricted form of Damerau's (F. J. Damerau, "A technique for computer detection and correction of spelling errors", 1964).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let edits = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1)
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwap) edits = Math.min(edits, beforeLast[column - 2]! + 1)
      current.push(edits)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
