/** Lua scripts that are loaded once for each connection and then run by their digest. */

import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { NotRun, type RedisLink } from './redis-link.ts'

export interface LoadedScript {
  readonly source: string
  readonly sha: string
}

export function loadedScript(source: string): LoadedScript {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** To be run on each new connection: a restarted server has forgotten its scripts. */
export async function loadScripts(redis: Redis, scripts: readonly LoadedScript[]): Promise<void> {
  await Promise.all(scripts.map(({ source }) => redis.script('LOAD', source)))
}

/** Throws `NotRun` or `Unconfirmed`. */
export async function evaluate(
  link: RedisLink,
  script: LoadedScript,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  const run = () => link.run(redis => redis.evalsha(script.sha, keys.length, ...keys, ...values))
  try {
    return await run()
  } catch (error) {
    // Somebody flushed the server's scripts.
    if (!(error instanceof NotRun) || !error.message.includes('NOSCRIPT')) throw error
    await link.run(redis => loadScripts(redis, [script]))
    return run()
  }
}
