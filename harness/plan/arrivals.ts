/**
 * When messages are to be sent: Poisson arrivals of a rate that may change, with the offered number exactly.
 *
 * A Poisson process of which the number of arrivals is known has them independent and spread over the time as its rate is (Ross,
 * "Stochastic Processes", theorem 2.3.1 and section 2.4): uniform where the rate is constant. Each is drawn by inverting the rate's integral.
 */

import { arrivalsIn, type Stretch } from '../scenario/load-size.ts'
import type { Random } from './random.ts'

/** Times are whole microseconds, so that a plan reads the same after it was written to JSON. */
export const MICROSECONDS_PER_SECOND = 1_000_000

/** Whole microseconds from the beginning of the first stretch, the end of the last one excluded, rising. */
export function drawArrivals(stretches: readonly Stretch[], random: Random): Float64Array {
  const expected = stretches.map(arrivalsIn)
  const total = expected.reduce((sum, count) => sum + count, 0)
  const times = new Float64Array(Math.round(total))
  const seconds = stretches.reduce((sum, stretch) => sum + stretch.seconds, 0)
  const end = Math.round(seconds * MICROSECONDS_PER_SECOND)
  const isConstant = stretches.length === 1 && stretches[0]!.fromRate === stretches[0]!.toRate
  const draw = isConstant ? () => random.int(end) : () => atShare(stretches, expected, random.uniform() * total, end)
  for (let index = 0; index < times.length; index++) times[index] = draw()
  return times.sort()
}

/** The time by which so many arrivals are expected. */
function atShare(stretches: readonly Stretch[], expected: readonly number[], arrivals: number, end: number): number {
  let left = arrivals
  let startSeconds = 0
  for (const [index, stretch] of stretches.entries()) {
    if (left < expected[index]!) {
      const atSeconds = startSeconds + secondsUntil(left, stretch)
      return Math.min(Math.floor(atSeconds * MICROSECONDS_PER_SECOND), end - 1)
    }
    left -= expected[index]!
    startSeconds += stretch.seconds
  }
  // Sums of fractions may fall short of their total by the last binary digit.
  return end - 1
}

/**
 * Within a stretch: rate·t + slope/2·t² = arrivals, for t. In the form of the quadratic formula that does not take nearly equal numbers from
 * each other, and that holds for a slope of 0.
 */
function secondsUntil(arrivals: number, { seconds, fromRate, toRate }: Stretch): number {
  if (arrivals === 0) return 0
  const slope = (toRate - fromRate) / seconds
  return (2 * arrivals) / (fromRate + Math.sqrt(Math.max(0, fromRate ** 2 + 2 * slope * arrivals)))
}
