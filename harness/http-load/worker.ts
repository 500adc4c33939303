/**
 * The process of the HTTP load, started by `http-load-process.ts`, which it obeys over the message channel. Ends by itself when the channel
 * breaks, since nobody would read what it finds.
 */

import { setPriority } from 'node:os'
import { HttpLoad } from './http-load.ts'
import type { FromHttpLoad, HttpLoadOrder, ToHttpLoad } from './http-messages.ts'

const COUNTERS_EVERY_MS = 250
/** As the load workers, and for the same reason. */
const PRIORITY = -10

let load: HttpLoad | null = null

function tell(message: FromHttpLoad): void {
  if (process.connected) process.send!(message)
}

async function run(order: HttpLoadOrder): Promise<void> {
  const running = new HttpLoad(order)
  load = running
  const reporting = setInterval(() => tell({ is: 'counters', counters: running.counters }), COUNTERS_EVERY_MS)
  await running.run()
  clearInterval(reporting)
  tell({ is: 'counters', counters: running.counters })
  tell({ is: 'ended' })
}

function fail(error: unknown): void {
  tell({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}

try {
  setPriority(PRIORITY)
} catch {
  // Only root may. A generator that is then too late makes the run invalid, never wrong.
}
process.on('message', (message: ToHttpLoad) => {
  if (message.is === 'stop') load?.stop()
  else void run(message.order).catch(fail)
})
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, fail)
process.on('disconnect', () => process.exit(0))
tell({ is: 'ready' })
