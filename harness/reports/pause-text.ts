/** When Redis stood still, in words. */

import { milliseconds } from './numbers.ts'
import type { RunResult } from './result.ts'

const CAUSES: readonly [cause: RegExp, words: string][] = [
  [/^aof-/, 'it waited for its disk, which something else kept busy, or which is slow'],
  [/^fork$/, 'it copied itself to write its data to disk'],
  [/^(?:fast-)?command$/, 'a command took long, or the machine gave it no CPU'],
]

/** One line for each cause, those with the longest pause first. */
export function pauseLines(pauses: RunResult['redisPauses']): string[] {
  return (pauses ?? []).map(({ cause, seconds: count, longestMs, longestAtMs }) => {
    const why = CAUSES.find(([pattern]) => pattern.test(cause))?.[1]
    const inSeconds = count === 1 ? '' : `, in ${count} different seconds`
    const longest = `up to ${milliseconds(longestMs)} ms around ${Math.round(longestAtMs / 1000)} s of the load${inSeconds}`
    return `Redis stood still for ${longest}: ${cause}${why === undefined ? '' : ` (${why})`}`
  })
}
