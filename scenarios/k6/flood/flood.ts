/**
 * A scenario of the harness as a script of k6: the same clients, rooms and sends at the same intended times, by the client library that ships.
 *
 * Open model: each send has its time from the plan and is handed over then, whatever became of the ones before. k6's arrival-rate executors would start an
 * iteration with whichever virtual user is idle; here the sender is a client with a connection of its own, so each virtual user runs one long
 * iteration and keeps the times by itself.
 */

import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { clearInterval, setInterval, setTimeout } from 'k6/timers'
import { thresholdsOf } from '../../../harness/k6/thresholds.ts'
import { K6_LEAD_MS } from '../../../harness/k6/timing.ts'
import { Pacer } from '../../../harness/load/pacer.ts'
import { clientCount } from '../../../harness/scenario/load-size.ts'
import { DEFAULTS, type Scenario } from '../../../harness/scenario/scenario.ts'
import { FloodClient, type FloodRun } from './flood-client.ts'
import { sharePlan } from './flood-plan.ts'
import { FloodMetrics } from './metrics.ts'
import { readSettings } from './settings.ts'

/** Granularity of the clients' timers, far below their shortest limit. */
const TICK_MS = 100
/** After the last send, so that what is on its way arrives before anybody is asked what is missing. */
const LINGER_MS = 2_000
/** For the answers to the last leaves. */
const LEAVE_MS_MAX = 3_000
const MARGIN_SECONDS = 10

export interface Flood {
  readonly options: Options
  /** One iteration of one virtual user. */
  readonly run: () => void
}

/**
 * For the init context. Throws where the environment is not as it should be, which k6 tells and ends.
 *
 * @param scenario as `scenarios/<name>.ts` has it, but its faults
 */
export function flood(name: string, scenario: Scenario): Flood {
  const { load, settleSecondsMax = DEFAULTS.settleSecondsMax, deadlineSeconds = DEFAULTS.deadlineSeconds } = scenario
  const { warmUpSeconds = DEFAULTS.warmUpSeconds, connectsPerSecond = DEFAULTS.connectsPerSecond } = load
  const settings = readSettings(__ENV, clientCount(load))
  const { vus, hasFaults } = settings
  const plan = sharePlan(name, scenario, settings.seed)
  const metrics = new FloodMetrics()
  const connectMs = K6_LEAD_MS + (plan.clients.length * 1000) / connectsPerSecond + K6_LEAD_MS
  const loadSeconds = connectMs / 1000 + warmUpSeconds + load.seconds
  const { thresholds } = thresholdsOf(scenario, { sends: plan.sends.length, hasFaults })

  const options: Options = {
    scenarios: {
      flood: {
        executor: 'per-vu-iterations',
        vus,
        iterations: 1,
        maxDuration: `${Math.ceil(loadSeconds + settleSecondsMax + LEAVE_MS_MAX / 1000 + MARGIN_SECONDS)}s`,
        gracefulStop: '5s',
      },
    },
    thresholds,
    summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  }

  function run(): void {
    const { startTime } = exec.scenario
    const id = settings.run ?? `k6-${Math.floor(startTime).toString(36)}`
    const zeroAtMs = startTime + connectMs + warmUpSeconds * 1000
    const shared: FloodRun = {
      ...settings,
      ...plan,
      id,
      roomName: room => `${id}.room-${room + 1}`,
      textBytes: load.textBytes,
      deadlineMs: deadlineSeconds * 1000,
      zeroAtMs,
      metrics,
    }
    const clients = new Map<number, FloodClient>()
    for (let number = exec.vu.idInTest - 1; number < plan.clients.length; number += vus) {
      const client = new FloodClient(plan.clients[number]!, shared)
      clients.set(number, client)
      at(startTime + K6_LEAD_MS + (number * 1000) / connectsPerSecond, () => client.start(Date.now()))
      for (const [leaveAtMs, backAtMs] of client.plan.absences) {
        at(zeroAtMs + leaveAtMs, () => client.leaveRooms(Date.now()))
        at(zeroAtMs + backAtMs, () => client.comeBack(Date.now()))
      }
    }
    const ticking = setInterval(() => {
      for (const client of clients.values()) client.tick(Date.now())
    }, TICK_MS)
    pace([...clients.values()], shared)
    const endAtMs = zeroAtMs + load.seconds * 1000
    at(endAtMs + LINGER_MS, () => {
      settle([...clients.values()], endAtMs + settleSecondsMax * 1000, () => clearInterval(ticking))
    })
  }

  return { options, run }
}

function at(unixMs: number, act: () => void): void {
  setTimeout(act, Math.max(0, unixMs - Date.now()))
}

/** Hands each send over when it is due. */
function pace(clients: readonly FloodClient[], { sends, zeroAtMs }: FloodRun): void {
  const senders = new Map(clients.flatMap(client => client.plan.sends.map(number => [number, client] as const)))
  // A message's number is its place in the order of time.
  const numbers = [...senders.keys()].sort((one, other) => one - other)
  const pacer = new Pacer({ atMs: numbers.map(number => sends[number]![0]), numbers })
  const step = () => {
    for (const number of pacer.due(Date.now() - zeroAtMs)) senders.get(number)!.send(number, Date.now())
    const waitMs = pacer.waitMs(Date.now() - zeroAtMs)
    if (waitMs !== null) setTimeout(step, waitMs)
  }
  step()
}

/** Waits until nothing is open, or until that time; then everybody leaves and ends. */
function settle(clients: readonly FloodClient[], untilMs: number, onEnd: () => void): void {
  if (Date.now() < untilMs && !clients.every(client => client.isSettled)) {
    setTimeout(() => settle(clients, untilMs, onEnd), TICK_MS)
    return
  }
  for (const client of clients) client.wrapUp(Date.now())
  const giveUpAtMs = Date.now() + LEAVE_MS_MAX
  const end = () => {
    if (Date.now() < giveUpAtMs && !clients.every(client => client.hasLeftAllRooms)) {
      setTimeout(end, TICK_MS)
      return
    }
    for (const client of clients) client.end(Date.now())
    onEnd()
  }
  end()
}
