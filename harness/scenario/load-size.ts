/** How many rooms, clients and messages a load has, whichever way it says so. Of loads that keep the rules. */

import type { Load, LoadShape, RoomGroup } from './scenario.ts'

/** Nobody who leaves or has just come back says anything for so long, so that what they say is answered where they are. */
export const CHURN_MARGIN_SECONDS = 1

/** Null where all rooms are of one size. */
export function roomGroups({ rooms }: Load): readonly RoomGroup[] | null {
  return typeof rooms === 'number' ? null : rooms
}

export function roomCount({ rooms }: Load): number {
  return typeof rooms === 'number' ? rooms : rooms.reduce((sum, { count }) => sum + count, 0)
}

export function clientCount({ rooms, clients = 0 }: Load): number {
  return typeof rooms === 'number' ? clients : rooms.reduce((sum, group) => sum + group.count * group.clients, 0)
}

/** A part of the load in which the rate goes evenly from one to another. Rates are messages per second. */
export interface Stretch {
  readonly seconds: number
  readonly fromRate: number
  readonly toRate: number
}

/** The load after the warm-up, without a gap. */
export function stretchesOf({ messagesPerSecond: base, shape, seconds }: Load): Stretch[] {
  switch (shape?.kind) {
    case 'ramp':
      return [{ seconds, fromRate: base, toRate: shape.toMessagesPerSecond }]
    case 'steps': {
      const rates = [base, ...shape.toMessagesPerSecond]
      return rates.map(rate => level(seconds / rates.length, rate))
    }
    case 'spikes':
      return spikes(shape, base, seconds)
    default:
      return [level(seconds, base)]
  }
}

function spikes(shape: Extract<LoadShape, { readonly kind: 'spikes' }>, base: number, seconds: number): Stretch[] {
  const { toMessagesPerSecond, everySeconds, lastsSeconds } = shape
  const stretches: Stretch[] = []
  let doneSeconds = 0
  const add = (untilSeconds: number, rate: number) => {
    const end = Math.min(untilSeconds, seconds)
    if (end > doneSeconds) stretches.push(level(end - doneSeconds, rate))
    doneSeconds = Math.max(doneSeconds, end)
  }
  for (let number = 1; number * everySeconds < seconds; number++) {
    add(number * everySeconds, base)
    add(number * everySeconds + lastsSeconds, toMessagesPerSecond)
  }
  add(seconds, base)
  return stretches
}

function level(seconds: number, rate: number): Stretch {
  return { seconds, fromRate: rate, toRate: rate }
}

/** Messages that are offered in a stretch, on average over many plans. */
export function arrivalsIn({ seconds, fromRate, toRate }: Stretch): number {
  return (seconds * (fromRate + toRate)) / 2
}

/** Messages of the load, the warm-up apart: exactly so many are planned. */
export function messageCount(load: Load): number {
  return Math.round(stretchesOf(load).reduce((sum, stretch) => sum + arrivalsIn(stretch), 0))
}
