/** What the environment of a k6 run says: where the service is, who its clients are, and which run it is. */

import { ROOM_PATTERN, WEBSOCKET_PATH } from '../../../service/protocol.ts'

export interface FloodSettings {
  /** One for each instance, or one for all of them, each with its path. */
  readonly urls: readonly string[]
  /** Null: everybody is a guest. */
  readonly token: string | null
  /** Rooms are called `<run>.room-1` and so on; null: after the time of the start. */
  readonly run: string | null
  readonly seed: number
  /** Whether somebody breaks something meanwhile. */
  readonly hasFaults: boolean
  /** Virtual users of k6, each of whom holds its share of the clients. */
  readonly vus: number
}

/** Each virtual user has an interpreter of its own, so beyond this one holds several clients. */
const VUS_MAX = 300
const SEED = 1
const SEED_MAX = 2 ** 31 - 1
const RUN_LENGTH_MAX = 20

/** Throws an error that says which variable is wrong, and what it should be. */
export function readSettings(environment: Readonly<Record<string, string>>, clients: number): FloodSettings {
  const { TUESDAY_URLS, TUESDAY_TOKEN, TUESDAY_RUN, TUESDAY_SEED, TUESDAY_FAULTS, TUESDAY_VUS } = environment
  const run = TUESDAY_RUN || null
  if (run !== null && (run.length > RUN_LENGTH_MAX || !ROOM_PATTERN.test(run))) {
    throw wrong('TUESDAY_RUN', run, `at most ${RUN_LENGTH_MAX} letters, digits, dots and dashes`)
  }
  if (!['', 'beside', undefined].includes(TUESDAY_FAULTS)) {
    throw wrong('TUESDAY_FAULTS', TUESDAY_FAULTS!, '"beside", where something is broken meanwhile, or nothing')
  }
  return {
    urls: readUrls(TUESDAY_URLS),
    token: TUESDAY_TOKEN || null,
    run,
    seed: readWhole('TUESDAY_SEED', TUESDAY_SEED, 0, SEED_MAX) ?? SEED,
    hasFaults: TUESDAY_FAULTS === 'beside',
    vus: readWhole('TUESDAY_VUS', TUESDAY_VUS, 1, clients) ?? Math.min(clients, VUS_MAX),
  }
}

function readUrls(text: string | undefined): string[] {
  const example = 'ws://127.0.0.1:8080,ws://127.0.0.1:8081'
  if (!text) throw wrong('TUESDAY_URLS', 'nothing', `the addresses of the instances, such as ${example}`)
  return text.split(',').map(part => {
    const [, address, path] = /^(wss?:\/\/[^/?#,\s]+)(\/[^?#\s]*)?$/.exec(part.trim()) ?? []
    if (address === undefined) throw wrong('TUESDAY_URLS', `"${part}"`, `addresses such as ${example}`)
    return address + (path === undefined || path === '/' ? WEBSOCKET_PATH : path)
  })
}

function readWhole(name: string, text: string | undefined, min: number, max: number): number | null {
  if (!text) return null
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) throw wrong(name, `"${text}"`, `a whole number from ${min} to ${max}`)
  return value
}

function wrong(variable: string, found: string, allowed: string): Error {
  return new Error(`${variable}: found ${found}; allowed is ${allowed}. Set it with -e ${variable}=…`)
}
