/** The command line of `npm run demo`. */

import { parseArgs } from 'node:util'

/** The command line cannot be understood: exit 2 with this message, no stack trace. */
export class DemoUsageError extends Error {
  override readonly name = 'DemoUsageError'
}

export interface DemoCommand {
  /** Of the page, on 127.0.0.1. */
  readonly port: number
}

/** Beside Grafana's 3000; the compose file has the page there too. */
export const DEFAULT_PORT = 3001

export const DEMO_HELP = `npm run demo [-- --port <port>]

Starts Redis, three instances and the front end on 127.0.0.1, with a panel on the page that kills, drains and starts instances. Ctrl-C ends all of it.

  --port <port>   Of the page. Default: ${DEFAULT_PORT}.
  --help          This text.`

/** Null: help is asked for. Throws {@link DemoUsageError}. */
export function parseDemo(words: readonly string[]): DemoCommand | null {
  const options = { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  let values: { port?: string | undefined; help?: boolean | undefined }
  try {
    values = parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new DemoUsageError(`${(error as Error).message}\n\n${DEMO_HELP}`)
  }
  if (values.help === true) return null
  const { port = String(DEFAULT_PORT) } = values
  const number = Number(port)
  if (!/^\d+$/.test(port) || number < 1 || number > 65_535) {
    throw new DemoUsageError(`--port ${port}: expected a whole number from 1 to 65535`)
  }
  return { port: number }
}
