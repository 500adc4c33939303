/** Does one thing after the other at a set rate. Paced by the clock, so that several fall on one tick where the rate is above that of timers. */

/** What a longer standstill has cost is not made up for, or it would end in a storm. */
const CATCH_UP_MS_MAX = 100

/**
 * @param now milliseconds of some clock
 * @param act answers whether it did anything; where it did not, the next one's turn is at once
 */
export async function paced<Item>(
  items: Iterable<Item>,
  perSecond: number,
  now: () => number,
  act: (item: Item) => boolean,
): Promise<void> {
  const everyMs = 1000 / perSecond
  let dueMs = now()
  for (const item of items) {
    if (!act(item)) continue
    dueMs = Math.max(dueMs, now() - CATCH_UP_MS_MAX) + everyMs
    const waitMs = dueMs - now()
    if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, Math.ceil(waitMs)))
  }
}
