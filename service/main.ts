/**
 * Starts one instance: `node service/main.ts`, configured by environment variables (see `config.ts`).
 *
 * SIGTERM and SIGINT drain; a second one cuts what is left. Exit codes: 0 drained · 1 cut, or could not listen · 2 bad configuration.
 */

import { createApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { listenForMetrics } from './metrics.ts'

async function main(): Promise<void> {
  const config = readConfigOrExit()
  const app = await createApp(config)
  const abort = new AbortController()
  let isDraining = false
  const end = async () => {
    if (isDraining) return abort.abort()
    isDraining = true
    const isComplete = await app.drain(abort.signal)
    app.server.log.info({ complete: isComplete }, 'drained')
    process.exit(isComplete ? 0 : 1)
  }
  process.on('SIGTERM', () => void end())
  process.on('SIGINT', () => void end())
  try {
    await listenForMetrics(app.metrics, config.metricsHost, config.metricsPort)
    await app.server.listen({ host: config.host, port: config.port })
  } catch (error) {
    fail(`Cannot listen: ${(error as Error).message}. PORT and METRICS_PORT have to be free.`, 1)
  }
}

function readConfigOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message, 2)
    throw error
  }
}

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`)
  process.exit(exitCode)
}

await main()
