/**
 * How likely it is by chance alone that new runs come out so much above old ones: the exact one-sided rank test of Mann and Whitney
 * (Wilcoxon), ties by their mean rank. It asks nothing of the distribution but that the runs are independent of each other. Pure.
 */

/** At or below this a difference counts as more than chance, where so many runs can show it at all. */
export const CHANCE_MAX = 0.05

/** Chances are compared after computing in floating point. */
const TOLERANCE = 1e-9

/**
 * Of all ways to deal the values to the two groups, the share in which the ranks of `high` add up to as much as they do, or more. From 0 to 1; 0.5 for
 * one on each side where `high` is higher. Infinity is a value. Both need at least one.
 */
export function chanceOfHigher(low: readonly number[], high: readonly number[]): number {
  const ranks = doubledRanks([...low, ...high])
  const found = ranks.slice(low.length).reduce((sum, rank) => sum + rank, 0)
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  // ways[count][sum]: in how many ways so many of the values have that sum of ranks. A double counts more than enough of them.
  const ways = Array.from({ length: high.length + 1 }, () => new Float64Array(total + 1))
  ways[0]![0] = 1
  for (const rank of ranks) {
    for (let count = high.length; count >= 1; count--) {
      const fewer = ways[count - 1]!
      const these = ways[count]!
      for (let sum = total; sum >= rank; sum--) these[sum]! += fewer[sum - rank]!
    }
  }
  const bySum = ways[high.length]!
  const all = bySum.reduce((sum, count) => sum + count, 0)
  return bySum.slice(found).reduce((sum, count) => sum + count, 0) / all
}

/** The least that {@link chanceOfHigher} can be with so many runs: one way to deal them out of all. */
export function smallestChance(lowCount: number, highCount: number): number {
  let ways = 1
  for (let index = 1; index <= highCount; index++) ways = (ways * (lowCount + index)) / index
  return 1 / ways
}

/**
 * Whether a chance is small enough to speak of a difference: at most {@link CHANCE_MAX}, or, with too few runs for that, the least that they can
 * show, which is that every one of one side is above every one of the other.
 */
export function isClear(chance: number, lowCount: number, highCount: number): boolean {
  return chance <= Math.max(CHANCE_MAX, smallestChance(lowCount, highCount)) + TOLERANCE
}

/** The share with which the range of so many independent runs covers the median of all runs that there could be. 0 for one. */
export function rangeCoverage(count: number): number {
  return 1 - 2 ** (1 - count)
}

/** Twice the ranks, so that mean ranks of ties are whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map(value => {
    const below = values.filter(other => other < value).length
    const equal = values.filter(other => other === value).length
    return 2 * below + equal + 1
  })
}
