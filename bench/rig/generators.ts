/**
 * Load generators as something that can be measured: a process on the load's core that holds a number of clients in the room of `tuesday.wire`,
 * and receives what is said there.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inheritedEnvironment } from '../../harness/cluster/child.ts'
import { describeLog, logPath } from '../../harness/cluster/instance-log.ts'
import { METRIC_NAMES } from '../../service/metric-names.ts'
import type { RunningPeer } from '../peers/peer.ts'
import { tuesday } from '../peers/tuesday/peer.ts'
import { LOAD_CORE } from './cores.ts'
import { BenchError, peerFile } from './needs.ts'
import type { Rig } from './rig.ts'

const POLL_MS = 50
const CONNECTED_MS_MAX = 60_000
/** Artillery first starts its workers, then its clients, this many a second. */
const ARTILLERY_ARRIVALS_PER_SECOND = 100
/** As in `wire-client.c`. */
const MESSAGE_BYTES_MIN = 180

export interface Generator {
  readonly pid: number
  /** Deliveries so far, of messages to its clients. */
  received(): number | Promise<number>
}

/** `clients` clients of the package ws that only count. */
export async function startWsClients(rig: Rig, port: number, clients: number): Promise<Generator> {
  let told = { connected: 0, received: 0 }
  const child = spawnOnLoadCore(rig, 'ws', [process.execPath, peerFile('ws', 'clients.mjs')], {
    PORT: String(port),
    CLIENTS: String(clients),
    HELLO: tuesday.wire.hello,
    SUBPROTOCOL: tuesday.wire.subprotocol,
    MESSAGE_BYTES_MIN: String(MESSAGE_BYTES_MIN),
  })
  child.on('message', message => {
    told = message as typeof told
  })
  const isIn = () => told.connected === clients || child.exitCode !== null
  await until(isIn, CONNECTED_MS_MAX, rig.abort, () => `${told.connected} of ${clients} ws clients were in`)
  if (child.exitCode !== null) throw new BenchError(`the ws clients ended. ${describeLog(logPath(rig.folder, 'ws'))}`)
  return { pid: child.pid!, received: () => told.received }
}

/** Artillery's WebSocket engine with so many virtual users, each of which connects, joins, and stays for `staySeconds`. It counts nothing that it receives. */
export async function startArtillery(
  rig: Rig,
  service: RunningPeer,
  clients: number,
  staySeconds: number,
): Promise<Generator> {
  const script = join(rig.folder, 'artillery.json')
  const seconds = Math.ceil(clients / ARTILLERY_ARRIVALS_PER_SECOND)
  const url = `ws://127.0.0.1:${service.port}`
  writeFileSync(
    script,
    JSON.stringify({
      config: {
        target: url,
        phases: [{ duration: seconds, arrivalRate: ARTILLERY_ARRIVALS_PER_SECOND }],
        ws: { subprotocols: [tuesday.wire.subprotocol] },
      },
      scenarios: [
        {
          engine: 'ws',
          flow: [
            { connect: `${url}/ws?guest=a{{ $uuid }}` },
            { send: tuesday.wire.hello },
            { think: staySeconds + seconds },
          ],
        },
      ],
    }),
  )
  const program = peerFile('node_modules', 'artillery', 'bin', 'run')
  const child = spawnOnLoadCore(rig, 'artillery', [process.execPath, program, 'run', '--quiet', script], {
    ARTILLERY_DISABLE_TELEMETRY: 'true',
  })
  // It tells nothing of what it receives, so the service is asked.
  const isIn = async () => child.exitCode !== null || (await metricOf(service, METRIC_NAMES.connections)) >= clients
  await until(isIn, CONNECTED_MS_MAX, rig.abort, () => `not all of ${clients} virtual users of Artillery were in`)
  if (child.exitCode !== null) throw new BenchError(`artillery ended. ${describeLog(logPath(rig.folder, 'artillery'))}`)
  // Who speaks is in the room as well.
  const received = async () => ((await metricOf(service, METRIC_NAMES.delivered)) * clients) / (clients + 1)
  return { pid: child.pid!, received }
}

/** Sum over all series of a metric. */
async function metricOf({ metricsPort }: RunningPeer, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const series = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))
  return [...series].reduce((sum, [, value]) => sum + Number(value), 0)
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  msMax: number,
  abort: AbortSignal,
  describe: () => string,
): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new BenchError(`${describe()} after ${msMax / 1000} s`)
    await sleep(POLL_MS, undefined, { signal: abort })
  }
}

function spawnOnLoadCore(
  rig: Rig,
  name: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const log = openSync(logPath(rig.folder, name), 'a')
  const child = spawn('taskset', ['-c', String(LOAD_CORE), ...command], {
    detached: true,
    env: { ...inheritedEnvironment(), ...environment },
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  child.on('error', () => {})
  if (child.pid === undefined) throw new BenchError(`${name} could not be started`)
  rig.record.addChild(name, child.pid)
  const ended = once(child, 'exit')
  rig.use({
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await ended
    },
  })
  return child
}
