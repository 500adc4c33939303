/** What can be wrong with a link, as data, and what several such faults make together. */

export interface DirectionFault {
  /** Added to every chunk, and to the end of the stream. Order is kept. */
  readonly latencyMs?: number
  /** Each chunk waits for up to this much longer, evenly distributed. Order is kept. */
  readonly jitterMs?: number
  /** For each connection on its own. */
  readonly bytesPerSecond?: number
  /** Nothing comes through, neither bytes nor ends, until it is healed. */
  readonly isBlackHole?: boolean
  /** The end of the stream (FIN) is passed on this much later. */
  readonly closeDelayMs?: number
}

export interface LinkFault {
  readonly toTarget?: DirectionFault
  readonly fromTarget?: DirectionFault
  /** Of the connections, 0 to 1; 1 unless given. Of the open ones so many are drawn, of the new ones each with this probability. */
  readonly share?: number
  /** Connections that come later are left alone. False unless given. */
  readonly isForOpenOnly?: boolean
}

/** Uniform in [0, 1). Seeded by the caller, so that a plan's faults are drawn again alike. */
export type Random = () => number

/** What goes along a lane: bytes, the end of the stream (FIN), or the abrupt end of the connection (RST). */
export type Passage = Buffer | 'end' | 'reset'

/** A fault in one direction, on one lane or on many. */
export interface LaneFault {
  readonly direction: DirectionFault
  readonly random: Random
  /** Told of everything that comes while it is there. */
  readonly onHeld: (passage: Passage) => void
}

/** What the faults on a lane make together. */
export interface LaneCondition {
  readonly latencyMs: number
  readonly jitterMs: number
  /** Infinity without a limit. */
  readonly bytesPerSecond: number
  readonly isBlackHole: boolean
  readonly closeDelayMs: number
}

/** Times add up, the narrowest bandwidth wins, and one black hole is enough. */
export function compose(faults: readonly DirectionFault[]): LaneCondition {
  const total = (field: 'latencyMs' | 'jitterMs' | 'closeDelayMs') =>
    faults.reduce((sum, fault) => sum + (fault[field] ?? 0), 0)
  return {
    latencyMs: total('latencyMs'),
    jitterMs: total('jitterMs'),
    bytesPerSecond: Math.min(...faults.map(fault => fault.bytesPerSecond ?? Number.POSITIVE_INFINITY)),
    isBlackHole: faults.some(fault => fault.isBlackHole),
    closeDelayMs: total('closeDelayMs'),
  }
}

/** Whether it does anything to bytes; a close delay alone does not. */
export function delaysBytes({ latencyMs = 0, jitterMs = 0, bytesPerSecond, isBlackHole }: DirectionFault): boolean {
  return latencyMs > 0 || jitterMs > 0 || bytesPerSecond !== undefined || isBlackHole === true
}

/** Throws where a number makes no sense, or a draw will be needed that nobody can make. */
export function checkFault(fault: LinkFault, random: Random | null): void {
  const { share = 1, toTarget = {}, fromTarget = {} } = fault
  checkShare(share, random)
  for (const direction of [toTarget, fromTarget]) {
    const { latencyMs = 0, jitterMs = 0, closeDelayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = direction
    const areTimes = [latencyMs, jitterMs, closeDelayMs].every(ms => ms >= 0 && Number.isFinite(ms))
    if (!areTimes || !(bytesPerSecond > 0)) throw new Error(`A link cannot have ${describeDirection(direction)}.`)
    if (jitterMs > 0 && random === null) throw new Error('Jitter is drawn, so it takes a random.')
  }
}

export function checkShare(share: number, random: Random | null): void {
  if (!(share >= 0 && share <= 1)) throw new Error(`A share is from 0 to 1, not ${share}.`)
  if (share > 0 && share < 1 && random === null)
    throw new Error('A share of the connections is drawn, so it takes a random.')
}

/** As many of them as the share says, but at least one unless it is 0. */
export function drawShare<T>(all: Iterable<T>, share: number, random: Random | null): T[] {
  const left = [...all]
  if (share === 1) return left
  const count = share === 0 ? 0 : Math.min(left.length, Math.max(1, Math.round(share * left.length)))
  return Array.from({ length: count }, () => left.splice(Math.floor(random!() * left.length), 1)[0]!)
}

/** Such as "black hole to target, latency 50 ms from target". */
export function describeFault(fault: LinkFault): string {
  const { toTarget = {}, fromTarget = {}, share = 1 } = fault
  const directions = [
    ...describeDirection(toTarget).map(part => `${part} to target`),
    ...describeDirection(fromTarget).map(part => `${part} from target`),
  ]
  const text = directions.length === 0 ? 'nothing' : directions.join(', ')
  return share === 1 ? text : `${text}, on a share of ${share}`
}

function describeDirection(fault: DirectionFault): string[] {
  const { latencyMs = 0, jitterMs = 0, bytesPerSecond, isBlackHole = false, closeDelayMs = 0 } = fault
  const parts = [
    isBlackHole && 'black hole',
    latencyMs !== 0 && `latency ${latencyMs} ms`,
    jitterMs !== 0 && `jitter ${jitterMs} ms`,
    bytesPerSecond !== undefined && `bandwidth ${bytesPerSecond} B/s`,
    closeDelayMs !== 0 && `close delay ${closeDelayMs} ms`,
  ]
  return parts.filter(part => part !== false)
}
