/** Test support: how many stories the contract tests tell. The full run of the tests asks for more than the defaults. */

/** Of state machines in memory; a thousand of each kind take some two seconds. */
export const CONTRACT_CASES = Number(process.env.CONTRACT_CASES || 1_500)
/** Of real processes and connections; each takes some seconds. */
export const CONTRACT_REAL_CASES = Number(process.env.CONTRACT_REAL_CASES || 6)
