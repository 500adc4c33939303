/**
 * Every measure that a budget can limit, declared once: scenario files, `--budget`, the verdict and the reports take the names
 * from here. A budget on a name that is not here is an error, never a pass.
 */

/** Part of the run that a message belongs to, by the intended time of its send. */
export const PHASES = ['steady', 'fault', 'recovery'] as const
export type Phase = (typeof PHASES)[number]

/** What is timed, each from the intended time of the send, but for `ack`, which is read at the sender. */
export const LATENCY_KINDS = {
  /** Delivery to a client on another instance than the sender's. */
  cross: 'crossInstance',
  /** Delivery to a client on the sender's instance. */
  same: 'sameInstance',
  /** The sender's acknowledgement. */
  ack: 'ack',
  /** Intended time to hand-over to the client machine: the generator's own lateness. */
  sendLag: 'sendLag',
} as const
export type LatencyKind = keyof typeof LATENCY_KINDS

/** Quantiles that can be limited. A budget needs at least 10 / (1 - quantile) samples, else the run is invalid. */
export const QUANTILES = { P50: 0.5, P90: 0.9, P99: 0.99, P999: 0.999, Max: 1 } as const
export type QuantileName = keyof typeof QUANTILES

/** Samples that a quantile needs before it says anything: ten beyond it, so 20 for the median and 1,000 for the 99th percentile. */
export function samplesNeeded(quantile: QuantileName): number {
  const value = QUANTILES[quantile]
  return value === 1 ? 1 : Math.round(10 / (1 - value))
}

export type LatencyBudgetName = `${(typeof LATENCY_KINDS)[LatencyKind]}${QuantileName}Ms`

/** Counts over the whole run. `safety`: more than the budget is `fail` even where the run is invalid; budget 0 unless named. */
export const COUNT_MEASURES = {
  lost: { safety: true, about: 'deliveries owed that never came, or that the client had to fetch again' },
  duplicated: { safety: true, about: 'the same message delivered twice to one client' },
  reordered: { safety: true, about: "a sender's messages delivered out of their order" },
  diverged: { safety: true, about: 'clients that disagree on the order of a room' },
  phantom: { safety: true, about: 'deliveries of messages that nobody sent, or changed on the way' },
  declaredGaps: { safety: false, about: 'deliveries that the service itself declared gone' },
  stranded: { safety: false, about: 'clients cut off, deaf or mute after healing' },
  late: { safety: false, about: 'deliveries after deadlineSeconds, catch-up apart' },
  holes: { safety: false, about: 'holes that clients saw and repaired by themselves' },
  duplicatedOnWire: { safety: false, about: "duplicates that the client's own de-duplication removed" },
  rejected: { safety: false, about: 'sends that were definitely refused' },
  unknown: { safety: false, about: 'sends whose fate nobody knows' },
  uncleanDrains: {
    safety: false,
    about: 'stopped instances that did not exit with 0 in time, or cut clients without a code',
  },
  counterWrong: {
    safety: false,
    about: 'clients that were told wrong numbers of who is in a room, 10 s after the last change',
  },
  slowReadersWithoutCode: {
    safety: false,
    about: 'connections closed while slow readers were held back, but not with the code for slow readers',
  },
  reconnectsPerSecondMax: {
    safety: false,
    about: 'connections opened again in the busiest second, going home before the roll call apart',
  },
  connectsFailed: {
    safety: false,
    about: "clients' tries to connect that were refused, reset, not answered, or closed before the welcome",
  },
} as const satisfies Record<string, { safety: boolean; about: string }>
export type CountName = keyof typeof COUNT_MEASURES

/** Durations of the slowest fault, from its observed effect. A recovery that was not reached breaks every such budget. */
export const RECOVERY_MEASURES = {
  detectSeconds: 'until the first client noticed',
  reconnectSeconds: 'until every client that noticed had joined again',
  firstCrossSeconds: 'until the first of them got a message from another instance',
  steadyAgainSeconds: 'until three seconds in a row were within the steady budgets with nobody disconnected',
} as const
export type RecoveryName = keyof typeof RECOVERY_MEASURES

/** What the instances take of the machine. Any number of its unit. */
export const RESOURCE_MEASURES = {
  instanceMemoryGrowthMiB: "the most that an instance's memory rose over its median before the first fault",
} as const
export type ResourceName = keyof typeof RESOURCE_MEASURES

/** What can be asked over HTTP beside the load, each with latencies of its own. */
export const HTTP_PATHS = {
  readyz: 'GET /readyz, what a balancer asks',
  metrics: "GET /metrics, on the instance's listener for it",
  publish: 'POST /rooms/:room/messages, a message without a socket',
} as const
export type HttpPath = keyof typeof HTTP_PATHS

export type HttpLatencyBudgetName = `${HttpPath}${QuantileName}Ms`

/** Counts of the HTTP load, over the whole run. Only in scenarios with `http`; budget 0 there unless named. */
export const HTTP_COUNTS = {
  httpErrors: { safety: false, about: 'requests answered with another status than 2xx, or not at all' },
  httpLost: {
    safety: true,
    about: 'messages whose request was answered with 2xx, and that do not stand in the log where the answer said',
  },
  httpDuplicated: {
    safety: true,
    about: 'entries of the log that repeat a message published over HTTP, or that nobody sent',
  },
} as const satisfies Record<string, { safety: boolean; about: string }>
export type HttpCountName = keyof typeof HTTP_COUNTS

export type HttpBudgetName = HttpCountName | HttpLatencyBudgetName

export type BudgetName = CountName | RecoveryName | ResourceName | LatencyBudgetName | HttpBudgetName

/** Budgets that hold in every run that does not name them. */
export const DEFAULT_BUDGETS: Readonly<Partial<Record<CountName, number>>> = {
  lost: 0,
  duplicated: 0,
  reordered: 0,
  diverged: 0,
  phantom: 0,
  declaredGaps: 0,
  stranded: 0,
  holes: 0,
  uncleanDrains: 0,
  counterWrong: 0,
  slowReadersWithoutCode: 0,
}

/**
 * Budgets that hold, besides, behind a balancer, where no fault is worse than a drain: the balancer knows in time who goes, so nobody who connects
 * is to notice.
 */
export const BALANCED_BUDGETS: Readonly<Partial<Record<CountName, number>>> = { connectsFailed: 0 }

/** The kind and quantile that a latency budget's name stands for, or null for any other name. */
export function parseLatencyBudget(name: string): { kind: LatencyKind; quantile: QuantileName } | null {
  for (const [kind, prefix] of Object.entries(LATENCY_KINDS)) {
    if (!name.startsWith(prefix) || !name.endsWith('Ms')) continue
    const quantile = name.slice(prefix.length, -'Ms'.length)
    if (Object.hasOwn(QUANTILES, quantile)) return { kind: kind as LatencyKind, quantile: quantile as QuantileName }
  }
  return null
}

/** What an HTTP budget limits: a count, or a quantile of a path's latency. Null for any other name. */
export function parseHttpBudget(
  name: string,
): { count: HttpCountName } | { path: HttpPath; quantile: QuantileName } | null {
  if (Object.hasOwn(HTTP_COUNTS, name)) return { count: name as HttpCountName }
  for (const path of Object.keys(HTTP_PATHS) as HttpPath[]) {
    if (!name.startsWith(path) || !name.endsWith('Ms')) continue
    const quantile = name.slice(path.length, -'Ms'.length)
    if (Object.hasOwn(QUANTILES, quantile)) return { path, quantile: quantile as QuantileName }
  }
  return null
}

/** Every name that a budget can have, for messages and completion. */
export function budgetNames(): BudgetName[] {
  const latency = Object.values(LATENCY_KINDS).flatMap(kind =>
    Object.keys(QUANTILES).map(quantile => `${kind}${quantile}Ms` as LatencyBudgetName),
  )
  const counts = Object.keys(COUNT_MEASURES) as CountName[]
  const recoveries = Object.keys(RECOVERY_MEASURES) as RecoveryName[]
  const resources = Object.keys(RESOURCE_MEASURES) as ResourceName[]
  const ofHttp = Object.keys(HTTP_PATHS).flatMap(path =>
    Object.keys(QUANTILES).map(quantile => `${path}${quantile}Ms` as HttpLatencyBudgetName),
  )
  const httpCounts = Object.keys(HTTP_COUNTS) as HttpCountName[]
  return [...counts, ...recoveries, ...resources, ...latency, ...httpCounts, ...ofHttp]
}
