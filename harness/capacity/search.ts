/**
 * Where the highest rate lies that holds: doubles the rate until one does not hold, then halves what lies between the two, as ratios. Pure,
 * so that the search is tested without a service.
 */

/** What was learnt at one rate, in messages per second. */
export interface TriedRate {
  readonly rate: number
  readonly held: boolean
}

export interface SearchRange {
  /** Messages per second. */
  readonly from: number
  readonly to: number
  /** The search is over when the lowest rate that did not hold is at most this share above the highest that did. */
  readonly precision: number
}

const FACTOR = 2
/** Where not even the first rate holds, it is halved so often at most: a thirtieth of it is another scenario. */
const HALVINGS_MAX = 5
/** More digits than this nobody can tell apart. */
const DIGITS = 3

/** The rate to try next; null where the search is over. A higher rate is taken not to hold where a lower one does not. */
export function nextRate(tried: readonly TriedRate[], { from, to, precision }: SearchRange): number | null {
  const held = highestHeld(tried)
  const broken = lowestBroken(tried)
  if (broken === null) {
    if (held === null) return from
    return held >= to ? null : Math.min(to, rounded(held * FACTOR))
  }
  if (held === null) return tried.length <= HALVINGS_MAX ? rounded(broken / FACTOR) : null
  if (broken <= held * (1 + precision)) return null
  const between = rounded(Math.sqrt(held * broken))
  return between > held && between < broken ? between : null
}

export function highestHeld(tried: readonly TriedRate[]): number | null {
  const rates = tried.filter(({ held }) => held).map(({ rate }) => rate)
  return rates.length === 0 ? null : Math.max(...rates)
}

export function lowestBroken(tried: readonly TriedRate[]): number | null {
  const rates = tried.filter(({ held }) => !held).map(({ rate }) => rate)
  return rates.length === 0 ? null : Math.min(...rates)
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(DIGITS))
}
