/**
 * One line about a run that is going on.
 */

export interface ProgressSnapshot {
  /** The step of the run: "warm-up", "load", "settling" … */
  readonly phase: string
  /** Since the end of the warm-up, which has negative ones. Null before it. */
  readonly atSeconds: number | null
  readonly clientsConnected: number
  readonly clients: number
  readonly sentPerSecond: number
  readonly ackedPerSecond: number
  readonly deliveredPerSecond: number
  /** Deliveries owed that have not come yet. */
  readonly outstanding: number
  /** Since the line before; null without samples. */
  readonly crossP99Ms: number | null
  /** Requests answered with 2xx, and errors so far. Null: there is no HTTP load. */
  readonly http: { readonly answeredPerSecond: number; readonly errors: number } | null
  /** As "kill-instance chat-2"; null: none. */
  readonly faultActive: string | null
}

/** Plain text without a line feed. Fields keep their places from line to line. */
export function progressLine(snapshot: ProgressSnapshot): string {
  const { phase, atSeconds, crossP99Ms, http, faultActive } = snapshot
  const at = atSeconds === null ? '' : `${Math.floor(atSeconds)} s`
  const clients = `${snapshot.clientsConnected}/${snapshot.clients}`
  const p99 = crossP99Ms === null ? '-' : crossP99Ms < 10 ? crossP99Ms.toFixed(1) : String(Math.round(crossP99Ms))
  return [
    `${phase.padEnd(9)} ${at.padStart(5)}`,
    `clients ${clients.padStart(2 * String(snapshot.clients).length + 1)}`,
    `sent ${rate(snapshot.sentPerSecond)}`,
    `acked ${rate(snapshot.ackedPerSecond)}`,
    `delivered ${rate(snapshot.deliveredPerSecond)}`,
    `outstanding ${String(snapshot.outstanding).padStart(6)}`,
    `across p99 ${p99.padStart(5)} ms`,
    ...(http === null ? [] : [`http ${rate(http.answeredPerSecond)} errors ${http.errors}`]),
    ...(faultActive === null ? [] : [`fault ${faultActive}`]),
  ].join('  ')
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond)}/s`.padStart(8)
}
