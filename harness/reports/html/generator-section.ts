/** Whether what made the load can be believed, and what the instances took of the machine. */

import type { GeneratorResult, NoiseResult } from '../../verdict/judgement.ts'
import { counted, grouped, knownMilliseconds, percent } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import type { FaultWindow } from './fault-windows.ts'
import { type Html, html, NOTHING } from './html.ts'
import type { PageData } from './page-data.ts'
import { table } from './table.ts'
import { chartFigure } from './time-section.ts'

export function generatorSection(
  { generator }: RunResult,
  data: PageData | null,
  windows: readonly FaultWindow[],
): Html {
  const { plannedSends, handedSends, saturated, noiseFloorMs, idleRoundTripMs, sendLagP99Ms, workers } = generator
  const chart = data?.charts.find(({ id }) => id === 'sendLag')
  return html`
    <section id="generator">
      <h2>The generator's honesty</h2>
      <p>${saturated ? html`<strong>It could not keep up with the plan</strong>, so the run is not judged by its latencies.` : 'It kept up with the plan.'}
        ${grouped(handedSends)} of ${counted(plannedSends, 'planned send')} ${handedSends === 1 ? 'was' : 'were'} handed over.</p>
      <dl class="pairs">
        <dt>p99 of its lateness</dt><dd>${knownMilliseconds(sendLagP99Ms)}</dd>
        <dt>busy, the busiest worker</dt><dd>${busyText(generator)}</dd>
        <dt>noise floor in the load</dt><dd>${noiseText(noiseFloorMs)} <span class="quiet">what a service that does nothing would have been measured at; a latency near it means nothing</span></dd>
        <dt>the same before the load</dt><dd>${noiseText(idleRoundTripMs)}</dd>
      </dl>
      ${chart !== undefined && data !== null && chartFigure(chart, data, windows)}
      ${
        workers.length > 0 &&
        table({
          caption: 'Load workers',
          columns: [
            { head: 'worker' },
            { head: 'busy', isNumber: true },
            { head: 'p99 of its lateness', isNumber: true },
            { head: 'p99 of its noise', isNumber: true },
            { head: 'sends handed over', isNumber: true },
            { head: 'planned', isNumber: true },
          ],
          rows: workers.map(worker => ({
            cells: [
              worker.worker,
              percent(worker.eventLoopUtilization),
              knownMilliseconds(worker.sendLagP99Ms),
              knownMilliseconds(worker.noiseFloorP99Ms),
              grouped(worker.handedSends),
              grouped(worker.plannedSends),
            ],
          })),
        })
      }
    </section>`
}

function busyText({ eventLoopUtilization }: GeneratorResult): string {
  return eventLoopUtilization === null ? 'unknown' : percent(eventLoopUtilization)
}

function noiseText(noise: NoiseResult | null): string {
  return noise === null ? 'not measured' : `p50 ${knownMilliseconds(noise.p50)}, p99 ${knownMilliseconds(noise.p99)}`
}

export function memorySection({ memory }: RunResult): Html {
  if (memory === null || memory.length === 0) return NOTHING
  const megabytes = (value: number) => `${value.toFixed(0)} MiB`
  return html`
    <section id="memory">
      <h2>Memory of the instances</h2>
      ${table({
        caption: 'Usual is the median before the first fault',
        columns: [
          { head: 'instance' },
          { head: 'usual', isNumber: true },
          { head: 'highest', isNumber: true },
          { head: 'growth', isNumber: true },
          { head: 'samples', isNumber: true },
        ],
        rows: memory.map(({ instance, usualMiB, highestMiB, growthMiB, samples }) => ({
          cells: [instance, megabytes(usualMiB), megabytes(highestMiB), megabytes(growthMiB), grouped(samples)],
        })),
      })}
    </section>`
}
