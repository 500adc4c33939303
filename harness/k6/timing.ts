/** When a script begins, which a harness that injects the faults beside it has to know. */

/** From the start of a k6 run to the first connection, and again from the last one to the warm-up. */
export const K6_LEAD_MS = 1_000
