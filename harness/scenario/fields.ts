/**
 * Every field that a scenario can have, with what it may hold. The validation, the command line and `docs/scenarios.md` follow
 * these tables; rules about several fields at once are in the `validate` files.
 */

import { FAULT_NAMES, type FaultName, faultKind } from './fault-kinds.ts'
import { HTTP_PATHS } from './measures.ts'
import { suggestion } from './nearest.ts'
import { describeFound, isObject, type Problem } from './problem.ts'
import {
  BALANCERS,
  type Churn,
  DEFAULTS,
  type FaultTiming,
  HTTP_CONNECTIONS_PER_INSTANCE,
  type HttpLoad,
  type Load,
  type LoadShape,
  type RoomGroup,
  type Scenario,
  type Topology,
} from './scenario.ts'

export type Rule =
  | { readonly is: 'number'; readonly min: number; readonly max: number; readonly isWhole: boolean }
  | { readonly is: 'line' }
  | { readonly is: 'boolean' }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  | { readonly is: 'target' }
  | { readonly is: 'time' }
  | { readonly is: 'rooms' }
  | { readonly is: 'rates' }
  | { readonly is: 'list' }
  | { readonly is: 'object' }

export interface Field {
  readonly rule: Rule
  /** What holds without it, in the words of the guide; null: the field is required. */
  readonly without: string | null
}

type FieldsOf<T> = Readonly<Record<keyof T, Field>>

/** More instances than this on one machine measure the machine's scheduler. */
export const INSTANCES_MAX = 64
/** Each client takes a socket in a worker and one in the service; beyond this, one address runs out of local ports. */
export const CLIENTS_MAX = 100_000
export const ROOMS_MAX = 100_000
/** What the service lets one connection join unless it is configured otherwise. */
export const ROOMS_PER_CLIENT_MAX = 100
export const MESSAGES_PER_SECOND_MIN = 0.01
export const MESSAGES_PER_SECOND_MAX = 100_000
/** One of so many may be all that a room has. */
export const TALKERS_MIN = 0.00001
/** More steps than this are a ramp. */
export const STEPS_MAX = 100
/** One in a hundred seconds. */
export const CHURN_PER_SECOND_MIN = 0.01
/** Shorter, and the answer to the leave may not have come when the join is asked. */
export const AWAY_SECONDS_MIN = 0.5
/** A shorter change is within the noise of the arrivals. */
export const SHAPE_SECONDS_MIN = 0.1
/** The harness writes into each text which message it is. */
export const TEXT_BYTES_MIN = 24
/** What the service takes unless it is configured otherwise. */
export const TEXT_BYTES_MAX = 8192
export const LOAD_SECONDS_MIN = 1
/** A day: longer runs are to be split, because a ledger is judged in memory. */
export const LOAD_SECONDS_MAX = 86_400
export const WARM_UP_SECONDS_MAX = 600
export const IDLE_PING_SECONDS_MAX = 600
/** A page takes some 50 MB and a share of the machine that the instances are on; more of them would measure Chromium. */
export const PAGES_MAX = 16
/** Slower, a small scenario would take longer to connect than to run. */
export const CONNECTS_PER_SECOND_MIN = 1
/** One machine opens some thousands. */
export const CONNECTS_PER_SECOND_MAX = 10_000
/** A quieter sequence than this is not told apart by clients that are still reconnecting. */
export const EVERY_SECONDS_MIN = 0.1
export const DOWN_SECONDS_MAX = 3600
/** Less is over before it could be seen. */
export const FOR_SECONDS_MIN = 0.1
export const TIMES_MAX = 1000
export const SHARE_MIN = 0.01
/** Beyond the top of the histograms nothing could be told apart. */
export const LATENCY_MS_MAX = 60_000
/** A frame an hour is a black hole, for which there is another fault. */
export const BYTES_PER_SECOND_MIN = 100
/** They share 20,000 descriptors with everything else of the harness's process. */
export const FLOOD_CONNECTIONS_MAX = 5_000
export const PER_SECOND_MIN = 0.1
export const PER_SECOND_MAX = 1_000
/** What one process asks and reads with ease; more would measure itself. */
export const REQUESTS_PER_SECOND_MAX = 5_000
export const HTTP_CONNECTIONS_MAX = 1_000
/** A client's longest backoff of 5 s and the heartbeat of 3 s: before that, nobody can say that a delivery will not come. */
export const SETTLE_SECONDS_MIN = 8
export const SETTLE_SECONDS_MAX = 600
export const DEADLINE_SECONDS_MIN = 0.1
/** The top of the histograms is one minute. */
export const DEADLINE_SECONDS_MAX = 60

const whole = (min: number, max: number): Rule => ({ is: 'number', min, max, isWhole: true })
const number = (min: number, max: number): Rule => ({ is: 'number', min, max, isWhole: false })

export const SCENARIO_FIELDS: FieldsOf<Required<Scenario>> = {
  about: { rule: { is: 'line' }, without: null },
  topology: { rule: { is: 'object' }, without: null },
  load: { rule: { is: 'object' }, without: null },
  http: { rule: { is: 'list' }, without: 'none' },
  faults: { rule: { is: 'list' }, without: 'none' },
  budgets: { rule: { is: 'object' }, without: null },
  instancesDownMax: { rule: whole(1, INSTANCES_MAX), without: 'all but one' },
  abortWhen: { rule: { is: 'object' }, without: 'never' },
  settleSecondsMax: { rule: number(SETTLE_SECONDS_MIN, SETTLE_SECONDS_MAX), without: `${DEFAULTS.settleSecondsMax}` },
  deadlineSeconds: { rule: number(DEADLINE_SECONDS_MIN, DEADLINE_SECONDS_MAX), without: `${DEFAULTS.deadlineSeconds}` },
}

export const TOPOLOGY_FIELDS: FieldsOf<Required<Topology>> = {
  instances: { rule: whole(1, INSTANCES_MAX), without: null },
  balancer: { rule: { is: 'choice', of: BALANCERS }, without: DEFAULTS.balancer },
  appendFsync: { rule: { is: 'choice', of: ['always', 'everysec', 'no'] }, without: DEFAULTS.appendFsync },
  environment: { rule: { is: 'object' }, without: 'none' },
}

export const LOAD_FIELDS: FieldsOf<Required<Load>> = {
  rooms: { rule: { is: 'rooms' }, without: null },
  clients: { rule: whole(1, CLIENTS_MAX), without: 'by the list of rooms' },
  roomsPerClient: { rule: whole(1, ROOMS_PER_CLIENT_MAX), without: `${DEFAULTS.roomsPerClient}` },
  messagesPerSecond: { rule: number(MESSAGES_PER_SECOND_MIN, MESSAGES_PER_SECOND_MAX), without: null },
  shape: { rule: { is: 'object' }, without: 'constant' },
  talkers: { rule: number(TALKERS_MIN, 1), without: `${DEFAULTS.talkers}` },
  churn: { rule: { is: 'object' }, without: 'none' },
  textBytes: { rule: whole(TEXT_BYTES_MIN, TEXT_BYTES_MAX), without: null },
  seconds: { rule: number(LOAD_SECONDS_MIN, LOAD_SECONDS_MAX), without: null },
  warmUpSeconds: { rule: number(0, WARM_UP_SECONDS_MAX), without: `${DEFAULTS.warmUpSeconds}` },
  connectsPerSecond: {
    rule: number(CONNECTS_PER_SECOND_MIN, CONNECTS_PER_SECOND_MAX),
    without: `${DEFAULTS.connectsPerSecond}`,
  },
  idlePingSeconds: { rule: number(1, IDLE_PING_SECONDS_MAX), without: `${DEFAULTS.idlePingSeconds}` },
  pages: { rule: whole(1, PAGES_MAX), without: 'none' },
}

export const HTTP_FIELDS: FieldsOf<Required<HttpLoad>> = {
  path: { rule: { is: 'choice', of: Object.keys(HTTP_PATHS) }, without: null },
  requestsPerSecond: { rule: whole(1, REQUESTS_PER_SECOND_MAX), without: null },
  connections: {
    rule: whole(1, HTTP_CONNECTIONS_MAX),
    without: `${HTTP_CONNECTIONS_PER_INSTANCE} to each instance`,
  },
}

/** What one group in a list of rooms has. */
export const ROOM_GROUP_FIELDS: FieldsOf<Required<RoomGroup>> = {
  count: { rule: whole(1, ROOMS_MAX), without: null },
  clients: { rule: whole(1, CLIENTS_MAX), without: null },
  messageShare: { rule: number(0, 1), without: 'what the others leave' },
  talkers: { rule: number(TALKERS_MIN, 1), without: "the load's" },
}

export const CHURN_FIELDS: FieldsOf<Required<Churn>> = {
  clientsPerSecond: { rule: number(CHURN_PER_SECOND_MIN, PER_SECOND_MAX), without: null },
  awaySeconds: { rule: number(AWAY_SECONDS_MIN, LOAD_SECONDS_MAX), without: null },
}

export type ShapeKind = LoadShape['kind']

const SHAPE_KIND: Field = { rule: { is: 'choice', of: ['constant', 'ramp', 'steps', 'spikes'] }, without: null }
const TO_RATE: Field = { rule: number(0, MESSAGES_PER_SECOND_MAX), without: null }

/** What the shapes of a load have besides their kind. */
export const SHAPE_FIELDS: {
  readonly [Kind in ShapeKind]: FieldsOf<Extract<LoadShape, { readonly kind: Kind }>>
} = {
  constant: { kind: SHAPE_KIND },
  ramp: { kind: SHAPE_KIND, toMessagesPerSecond: TO_RATE },
  steps: { kind: SHAPE_KIND, toMessagesPerSecond: { rule: { is: 'rates' }, without: null } },
  spikes: {
    kind: SHAPE_KIND,
    toMessagesPerSecond: TO_RATE,
    everySeconds: { rule: number(SHAPE_SECONDS_MIN, LOAD_SECONDS_MAX), without: null },
    lastsSeconds: { rule: number(SHAPE_SECONDS_MIN, LOAD_SECONDS_MAX), without: null },
  },
}

/** What every fault has. */
export const FAULT_FIELDS: FieldsOf<Required<FaultTiming> & { kind: FaultName }> = {
  kind: { rule: { is: 'choice', of: FAULT_NAMES }, without: null },
  target: { rule: { is: 'target' }, without: 'by its kind' },
  atSeconds: { rule: { is: 'time' }, without: null },
  everySeconds: { rule: number(EVERY_SECONDS_MIN, LOAD_SECONDS_MAX), without: 'none' },
  times: { rule: whole(1, TIMES_MAX), without: `${DEFAULTS.times}` },
}

/** What the settings of the kinds may hold, whichever kinds have them. */
export const SETTING_RULES = {
  restart: { is: 'boolean' },
  downSeconds: number(0, DOWN_SECONDS_MAX),
  forSeconds: number(FOR_SECONDS_MIN, DOWN_SECONDS_MAX),
  share: number(SHARE_MIN, 1),
  signal: { is: 'choice', of: ['SIGTERM', 'SIGKILL'] },
  data: { is: 'choice', of: ['kept', 'lost'] },
  how: { is: 'choice', of: ['black-hole', 'reset'] },
  direction: { is: 'choice', of: ['both', 'to-redis', 'from-redis'] },
  latencyMs: number(0, LATENCY_MS_MAX),
  jitterMs: number(0, LATENCY_MS_MAX),
  bytesPerSecond: number(BYTES_PER_SECOND_MIN, 1_000_000_000),
  connections: whole(1, FLOOD_CONNECTIONS_MAX),
  opensPerSecond: number(PER_SECOND_MIN, PER_SECOND_MAX),
  inputsPerSecond: number(PER_SECOND_MIN, PER_SECOND_MAX),
} as const satisfies Record<string, Rule>

/** The fields of a fault of that kind: the common ones, without a target where it hits no instance of its choice, and its settings. */
export function fieldsOfFault(kind: FaultName): Record<string, Field> {
  const { target, ...common } = FAULT_FIELDS
  const { hits, settings } = faultKind(kind)
  const ofKind = Object.entries(settings).map(([name, value]) => {
    const field: Field = { rule: SETTING_RULES[name as keyof typeof SETTING_RULES], without: `${value}` }
    return [name, field] as const
  })
  return { ...common, ...(hits === 'instances' ? { target } : {}), ...Object.fromEntries(ofKind) }
}

export const TARGET_PATTERN = /^(each|random|all|chat-[1-9][0-9]*)$/

/** What a rule allows, as the end of the sentence "allowed is …". */
export function describeRule(rule: Rule): string {
  switch (rule.is) {
    case 'number':
      return `a ${rule.isWhole ? 'whole number' : 'number'} from ${rule.min} to ${rule.max}`
    case 'line':
      return 'one line of text'
    case 'boolean':
      return 'true or false'
    case 'choice':
      return rule.of.map(name => `"${name}"`).join(' or ')
    case 'target':
      return '"each", "random", "all", { fraction: 0 to 1 } or the name of an instance such as "chat-1"'
    case 'time':
      return `a number from 0 to ${LOAD_SECONDS_MAX}, or { from, to } to draw one between two such numbers`
    case 'rooms':
      return `a whole number from 1 to ${ROOMS_MAX}, or a list of groups { count, clients }`
    case 'rates':
      return `a list of 1 to ${STEPS_MAX} numbers from 0 to ${MESSAGES_PER_SECOND_MAX}`
    case 'list':
      return 'a list'
    case 'object':
      return 'an object'
  }
}

/** Whether one value keeps its rule. */
export function keepsRule(rule: Rule, value: unknown): boolean {
  switch (rule.is) {
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return false
      return value >= rule.min && value <= rule.max && (!rule.isWhole || Number.isInteger(value))
    case 'line':
      return typeof value === 'string' && value.trim() !== '' && !/[\r\n]/.test(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'choice':
      return typeof value === 'string' && rule.of.includes(value)
    case 'target':
      return typeof value === 'string' ? TARGET_PATTERN.test(value) : isFraction(value)
    case 'time':
      return isTime(value) || isTimeRange(value)
    case 'rooms':
      return Array.isArray(value) ? value.length > 0 : keepsRule(whole(1, ROOMS_MAX), value)
    case 'rates':
      return Array.isArray(value) && value.length > 0 && value.length <= STEPS_MAX && value.every(isRate)
    case 'list':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
  }
}

function isRate(value: unknown): boolean {
  return keepsRule(TO_RATE.rule, value)
}

function isFraction(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).join() !== 'fraction') return false
  return typeof value.fraction === 'number' && value.fraction > 0 && value.fraction <= 1
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LOAD_SECONDS_MAX
}

function isTimeRange(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).sort().join() !== 'from,to') return false
  return isTime(value.from) && isTime(value.to) && (value.from as number) < (value.to as number)
}

/**
 * Problems of one object's own fields: unknown ones, missing ones, and values that break their rule. `path` is the object's own,
 * empty for the scenario.
 */
export function checkFields(
  value: Record<string, unknown>,
  fields: Readonly<Record<string, Field>>,
  path: string,
): Problem[] {
  const problems: Problem[] = []
  const names = Object.keys(fields)
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    const allowed = `one of the fields ${names.join(', ')}.${suggestion(name, names)}`
    problems.push({ path: within(path, name), found: 'a field that does not exist', allowed })
  }
  for (const [name, { rule, without }] of Object.entries(fields)) {
    const isAbsent = value[name] === undefined
    if (isAbsent ? without !== null : keepsRule(rule, value[name])) continue
    const text = value[name]
    const near = rule.is === 'choice' && typeof text === 'string' ? suggestion(text, rule.of) : ''
    const allowed = describeRule(rule)
    problems.push({
      path: within(path, name),
      found: describeFound(text),
      allowed: near === '' ? allowed : `${allowed}.${near}`,
    })
  }
  return problems
}

export function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
