/** Test support: how many histories are judged twice. The full run of the tests asks for more than the default. */

/** A thousand take some five seconds. */
export const HISTORY_CASES = Number(process.env.HISTORY_CASES || 600)
