/** Whether two sides were runs of the same thing. Pure. */

import type { RunResult } from '../reports/result.ts'
import { DEFAULTS, type Scenario } from '../scenario/scenario.ts'

/** What was run; a run that has not begun has one, too. */
export interface Identity {
  readonly scenario: string
  readonly driver: string
  readonly seed: number
  /** Undefined: all of it is judged. */
  readonly scope: RunResult['scope'] | undefined
  /** Null: its file was not kept. */
  readonly written: Scenario | null
}

export interface Differences {
  /** The two were not asked the same: nothing can be said without being told to go on. */
  readonly refused: readonly string[]
  /** They were, but something else differed that may be the reason of a change. */
  readonly warned: readonly string[]
}

const BALANCER = 'topology.balancer'

/** Say nothing of what is measured. */
const NOT_OF_THE_LOAD = new Set(['about', 'budgets', 'abortWhen'])

/** Of the second from the first. */
export function identityDifferences(one: Identity, other: Identity): Differences {
  const refused = [
    ...differs('scenario', one.scenario, other.scenario),
    ...differs('driver', one.driver, other.driver),
    ...differs('judged', one.scope ?? 'everything', other.scope ?? 'everything'),
    ...(one.written === null || other.written === null ? [] : scenarioDifferences(one.written, other.written)),
  ]
  const seeds = differs('seed', one.seed, other.seed)
  return { refused, warned: seeds.map(text => `${text}: who says what when, and what a random fault hits, differ`) }
}

export function resultDifferences(one: RunResult, other: RunResult): Differences {
  const sizes = Object.keys(one.size) as (keyof RunResult['size'])[]
  // With a balancer against without one is refused above.
  const isComparable = (field: string) => field !== 'balancer' || balancerOf(one) === balancerOf(other)
  const environments = Object.keys(one.environment) as (keyof RunResult['environment'])[]
  return {
    refused: [
      ...sizes.flatMap(field => differs(field, one.size[field], other.size[field])),
      ...differs(BALANCER, balancerOf(one), balancerOf(other)),
    ],
    warned: [
      ...environments
        .filter(isComparable)
        .flatMap(field => differs(field, one.environment[field], other.environment[field])),
      ...differs('load workers', one.generator.workers.length, other.generator.workers.length),
    ],
  }
}

/** Its program, as the scenario has it: another version is still the same setting. */
function balancerOf({ environment: { balancer } }: RunResult): string {
  return balancer === undefined ? 'none' : JSON.stringify(balancer.split(' ')[0])
}

/** By field, within topology and load; a list such as the faults is told as a whole. */
function scenarioDifferences(one: Scenario, other: Scenario): string[] {
  const [before, after] = [fieldsOf(one), fieldsOf(other)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(field =>
    differs(field, before.get(field) ?? 'none', after.get(field) ?? 'none'),
  )
}

function fieldsOf(scenario: Scenario): Map<string, string> {
  const fields = Object.entries(scenario).flatMap(([name, value]): [string, unknown][] => {
    if (NOT_OF_THE_LOAD.has(name)) return []
    if (name !== 'topology' && name !== 'load') return [[name, value]]
    return Object.entries(value as object).map(([field, inner]): [string, unknown] => [`${name}.${field}`, inner])
  })
  // As good as not said.
  const said = fields.filter(([name, value]) => name !== BALANCER || value !== DEFAULTS.balancer)
  return new Map(said.map(([name, value]) => [name, JSON.stringify(value)]))
}

function differs(what: string, one: unknown, other: unknown): string[] {
  return one === other ? [] : [`${what}: ${one} → ${other}`]
}
