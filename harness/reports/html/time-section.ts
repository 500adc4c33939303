/** The run over time: what each instance was doing, and below it the curves on the same axis. */

import type { InstanceLane, InstanceSpan, InstanceState } from '../../curves/curves.ts'
import { seconds } from '../numbers.ts'
import { chartWords } from './chart-words.ts'
import { type FaultWindow, windowName } from './fault-windows.ts'
import { type Html, html } from './html.ts'
import type { PageChart, PageData } from './page-data.ts'

const STATE_WORDS: Record<InstanceState, string> = {
  up: 'up',
  draining: 'draining',
  down: 'down',
  starting: 'starting, not ready yet',
  paused: 'paused',
}

export function timeSection(data: PageData, lanes: readonly InstanceLane[], windows: readonly FaultWindow[]): Html {
  const charts = data.charts.filter(({ id, axis }) => axis === 'time' && id !== 'sendLag')
  return html`
    <section id="time">
      <h2>Over time</h2>
      <p class="quiet">
        Seconds of the load's clock; before 0 is the warm-up. Latencies stand at the second in which the message was meant to be sent, everything else
        where it happened. What is shaded and numbered is a fault, from its firing until healing was evident.
      </p>
      ${faultKey(windows)}
      ${laneFigure(data, lanes, windows)}
      ${charts.map(chart => chartFigure(chart, data, windows))}
    </section>`
}

function faultKey(windows: readonly FaultWindow[]): Html | null {
  if (windows.length === 0) return null
  return html`
    <ol class="faults" aria-label="Faults by number">
      ${windows.map(
        window => html`
          <li><span class="badge">${window.number}</span> ${windowName(window)}
            <span class="quiet">${seconds(window.fromMs)} to ${window.hasEnded ? seconds(window.toMs) : 'the end'}</span></li>`,
      )}
    </ol>`
}

/** What the script draws; whoever has none reads the sentences. */
export function chartFigure(chart: PageChart, data: PageData, windows: readonly FaultWindow[]): Html {
  const { id, title, unit } = chart
  return html`
    <figure class="chart">
      <figcaption><h3 id="${id}-title">${title}${unit !== 'count' && html`<span class="unit">, ${unit}</span>`}</h3></figcaption>
      <div class="plot" id="${id}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-words"></div>
      <div class="words" id="${id}-words">${chartWords(chart, data, windows).map(words => html`<p>${words}</p>`)}</div>
    </figure>`
}

function laneFigure({ fromMs, toMs }: PageData, lanes: readonly InstanceLane[], windows: readonly FaultWindow[]): Html {
  const names = lanes.map(({ name }) => name)
  const others = [...new Set(windows.flatMap(({ targets }) => targets))].filter(target => !names.includes(target))
  const rows = [...lanes, ...others.map(name => ({ name, spans: [] }))]
  const states = [...new Set(lanes.flatMap(({ spans }) => spans.map(({ state }) => state)))]
  return html`
    <figure class="lanes" style="--from: ${fromMs}; --length: ${toMs - fromMs}">
      <figcaption><h3>Instances</h3></figcaption>
      ${rows.map(row => laneRow(row, windows))}
      <ul class="key">
        ${states.map(state => html`<li><span class="swatch ${state}"></span> ${STATE_WORDS[state]}</li>`)}
      </ul>
      <div class="words">${lanes.map(lane => html`<p>${laneWords(lane)}</p>`)}</div>
    </figure>`
}

function laneRow({ name, spans }: InstanceLane, windows: readonly FaultWindow[]): Html {
  const marks = windows.filter(({ targets }) => targets.includes(name))
  return html`
    <div class="lane">
      <span class="name">${name}</span>
      <div class="track" aria-hidden="true">
        ${spans.map(
          ({ fromMs, toMs, state }) => html`
            <span class="span ${state}" style="--a: ${fromMs}; --b: ${toMs}" title="${STATE_WORDS[state]}"></span>`,
        )}
        ${marks.map(
          window => html`
            <span class="mark" style="--a: ${window.fromMs}; --b: ${window.toMs}" title="${windowName(window)}"><span class="badge">${window.number}</span></span>`,
        )}
      </div>
    </div>`
}

/** "chat-1: down from 5.09 s to 6.10 s, starting, not ready yet from …". */
export function laneWords({ name, spans }: InstanceLane): string {
  const troubled = spans.filter(({ state }) => state !== 'up')
  if (troubled.length === 0) return `${name}: up all the time.`
  const told = troubled.map(({ state, fromMs, toMs }) => {
    const until = isLast(spans, toMs) ? 'the end' : seconds(toMs)
    return `${STATE_WORDS[state]} from ${seconds(fromMs)} to ${until}`
  })
  return `${name}: ${told.join('; ')}.`
}

function isLast(spans: readonly InstanceSpan[], toMs: number): boolean {
  return spans.at(-1)?.toMs === toMs
}
