/**
 * What it costs an instance with ten thousand connections that Prometheus scrapes it: its CPU time in stretches with scrapes, less that in stretches
 * without, which alternate. It is scraped twenty times as often as Prometheus would, so that the difference stands out from what ten thousand
 * silent connections take by themselves, and the share of a core is told for Prometheus' interval.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { tuesday } from '../peers/tuesday/peer.ts'
import { readCpu, SERVER_CORE, sharesBetween } from '../rig/cores.ts'
import { Rig } from '../rig/rig.ts'
import { WireClient } from '../rig/wire-client.ts'
import type { Sample } from '../sample.ts'
import type { Measurement, Round } from './measurement.ts'

const CONNECTIONS = 10_000
/** Of Prometheus, as it is set up beside the service. */
const INTERVAL_MS = 5000
const SCRAPE_EVERY_MS = 250
const STRETCH_MS = 5000
/** Of each kind. */
const STRETCHES = 6
/** Everybody is told who has come, and the first scrapes are compiled. */
const SETTLE_MS = 5000

export const scrape: Measurement = {
  name: 'scrape',
  about: `share of a core that one scrape in ${INTERVAL_MS / 1000} s takes of an instance with ${CONNECTIONS.toLocaleString('en')} connections`,
  needs: () => ['cores', 'taskset', 'cc', ...tuesday.needs],
  async measure(round) {
    await using rig = await Rig.open(round.folder, round.abort)
    const redisUrl = await rig.startRedis()
    const { port, pids, metricsPort } = await tuesday.start({ rig, core: SERVER_CORE, instance: 'one', redisUrl })
    await WireClient.connect(rig, { port, sockets: CONNECTIONS, wire: tuesday.wire, serverPids: pids })
    const url = `http://127.0.0.1:${metricsPort}/metrics`
    await scrapeFor(SETTLE_MS, url, round.abort)
    const [silent, scraped]: [Stretch[], Stretch[]] = [[], []]
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      const quietly = () => sleep(STRETCH_MS, { scrapes: 0, textBytes: 0 }, { signal: round.abort })
      silent.push(await measured(pids, quietly))
      scraped.push(await measured(pids, () => scrapeFor(STRETCH_MS, url, round.abort)))
    }
    return [sampleOf(silent, scraped, round)]
  },
}

interface Scrapes {
  readonly scrapes: number
  /** Of the last one. */
  readonly textBytes: number
}

interface Stretch extends Scrapes {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly foreign: number
}

async function scrapeFor(ms: number, url: string, abort: AbortSignal): Promise<Scrapes> {
  const startMs = performance.now()
  let [scrapes, textBytes] = [0, 0]
  while (performance.now() - startMs < ms) {
    const text = await (await fetch(url, { signal: abort })).text()
    textBytes = Buffer.byteLength(text)
    scrapes++
    await sleep(Math.max(0, startMs + scrapes * SCRAPE_EVERY_MS - performance.now()), undefined, { signal: abort })
  }
  return { scrapes, textBytes }
}

async function measured(pids: readonly number[], stretch: () => Promise<Scrapes>): Promise<Stretch> {
  const startMs = performance.now()
  const before = readCpu(pids)
  const scrapes = await stretch()
  const { serverSeconds, foreign } = sharesBetween(before, readCpu(pids))
  return { ...scrapes, seconds: (performance.now() - startMs) / 1000, cpuSeconds: serverSeconds, foreign }
}

function sampleOf(silent: readonly Stretch[], scraped: readonly Stretch[], { round, say }: Round): Sample {
  const sum = (stretches: readonly Stretch[], of: (stretch: Stretch) => number) =>
    stretches.reduce((total, stretch) => total + of(stretch), 0)
  const shareOf = (stretches: readonly Stretch[]) =>
    sum(stretches, ({ cpuSeconds }) => cpuSeconds) / sum(stretches, ({ seconds }) => seconds)
  const [without, withThem] = [shareOf(silent), shareOf(scraped)]
  const perSecond = sum(scraped, ({ scrapes }) => scrapes) / sum(scraped, ({ seconds }) => seconds)
  const cpuMsPerScrape = ((withThem - without) * 1000) / perSecond
  const percentOfCore = (100 * cpuMsPerScrape) / INTERVAL_MS
  const textBytes = scraped.at(-1)!.textBytes
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  say(
    `${percent(without)} of a core without, ${percent(withThem)} at ${perSecond.toFixed(1)} scrapes a second: ${cpuMsPerScrape.toFixed(2)} ms a scrape of ${textBytes} bytes`,
  )
  return {
    ...{ measurement: 'scrape', subject: 'tuesday', point: '10,000 connections', round },
    values: {
      ...{ percentOfCore, cpuMsPerScrape, textBytes },
      foreign: sum([...silent, ...scraped], ({ foreign }) => foreign) / (2 * STRETCHES),
    },
    saturated: null,
  }
}
