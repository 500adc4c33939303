/** Where it ran, and how to run it again. */

import { asCalled } from '../../called.ts'
import { grouped } from '../numbers.ts'
import type { RunResult } from '../result.ts'
import { type Html, html } from './html.ts'
import { timeText } from './summary-section.ts'

const FILES = [
  ['result.json', 'the judgement, for machines'],
  ['curves.json', 'the curves of this page'],
  ['plan.json, scenario.json', 'what was planned'],
  ['ledger/', asCalled('what was sent, acknowledged and delivered; npm run check judges it again')],
  ['logs/', 'of the instances, Redis, the balancer and the load workers'],
] as const

const BYTES_PER_GIB = 2 ** 30

export function environmentSection(result: RunResult): Html {
  const { command, seed, driver, startedAt, environment, durationsSeconds } = result
  const { node, redis, balancer = 'none: each client chooses an instance itself', cpus, memoryBytes, os } = environment
  const { total, ...steps } = durationsSeconds
  const took = Object.entries(steps).map(([step, duration]) => `${step} ${secondsText(duration)}`)
  return html`
    <section id="environment">
      <h2>Run it again</h2>
      <pre class="command" tabindex="0"><code>${command}</code></pre>
      <p class="quiet">The seed ${seed} reproduces the plan: every send, join and fault at its intended time. It does not reproduce the interleaving.</p>
      <h3>Where it ran</h3>
      <dl class="pairs">
        <dt>driver</dt><dd>${driver}</dd>
        <dt>Node</dt><dd>${node}</dd>
        <dt>Redis</dt><dd>${redis}</dd>
        <dt>balancer</dt><dd>${balancer}</dd>
        <dt>machine</dt><dd>${grouped(cpus)} CPUs, ${(memoryBytes / BYTES_PER_GIB).toFixed(1)} GiB of memory, ${os}</dd>
        <dt>started</dt><dd>${timeText(startedAt)}</dd>
        <dt>took</dt><dd>${total !== undefined && secondsText(total)}${took.length > 0 && `: ${took.join(', ')}`}</dd>
      </dl>
      <h3>In the run's folder</h3>
      <dl class="pairs">${FILES.map(([name, about]) => html`<dt><code>${name}</code></dt><dd>${about}</dd>`)}</dl>
    </section>`
}

function secondsText(duration: number): string {
  return `${duration.toFixed(1)} s`
}
