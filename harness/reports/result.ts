/**
 * `result.json`: the judgement of a run with all that a machine needs to know about it. `docs/result.md` describes each field; whoever
 * changes one in meaning, or removes one, raises the schema.
 */

import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { availableParallelism, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../plan/plan.ts'
import type { LimitOrigins } from '../scenario/overrides.ts'
import type { BudgetResult, Judgement } from '../verdict/judgement.ts'

export const RESULT_SCHEMA = 1
export const RESULT_FILE = 'result.json'

export interface RunResult extends Judgement {
  readonly budgets: readonly RunBudget[]
  readonly schema: typeof RESULT_SCHEMA
  readonly scenario: string
  /** Reproduces the plan, not the interleaving. */
  readonly seed: number
  readonly driver: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** By step of the run, and `total`. */
  readonly durationsSeconds: Readonly<Record<string, number>>
  /** Runs the same plan again. */
  readonly command: string
  readonly size: RunSize
  readonly environment: Environment
  /** When Redis stood still, by cause. Missing: nobody looked, or Redis did not tell. */
  readonly redisPauses?: readonly RedisPauses[]
}

/** Where a limit comes from that nobody has set. */
export const EVERY_RUN = 'default'

export interface RunBudget extends BudgetResult {
  /** `scenario`, `--budget`, the name of a file, or {@link EVERY_RUN}. Null: of an older run, which does not tell. */
  readonly limitFrom: string | null
}

export interface RunSize {
  readonly instances: number
  readonly rooms: number
  readonly clients: number
  /** Of the load, warm-up and roll call included. */
  readonly messages: number
  readonly loadSeconds: number
}

export interface Environment {
  /** Of Node, such as "v24.1.0". */
  readonly node: string
  /** Of the Redis server, such as "7.0.15". */
  readonly redis: string
  /** The balancer that clients connected to, such as "haproxy 2.6.12". Missing: none, each client chose an instance itself. */
  readonly balancer?: string
  readonly cpus: number
  readonly memoryBytes: number
  /** Such as "linux 6.1.0". */
  readonly os: string
}

/** Redis stood still, for 20 ms or more at a time, with something that kept it from serving. */
export interface RedisPauses {
  /** What it was busy with, in the words of its latency monitor, such as `aof-fsync-always`, `fork` or `command`. */
  readonly cause: string
  /** Seconds of the clock in which there was one; the monitor keeps the longest of each. */
  readonly seconds: number
  readonly longestMs: number
  /** When the second began in which the longest was, on the run's clock. */
  readonly longestAtMs: number
}

/** What the judgement does not say. */
export interface RunFacts
  extends Pick<RunResult, 'driver' | 'startedAt' | 'durationsSeconds' | 'command' | 'environment' | 'redisPauses'> {
  /** Those that every run has are not in it. Missing in older runs. */
  readonly limitsFrom?: LimitOrigins
}

/** What a run's environment tells of its cluster. */
export interface DescribedCluster {
  readonly redisVersion: string
  readonly balancer: { readonly name: string; readonly version: string } | null
}

/** Describes this machine, and what runs on it. */
export function describeEnvironment({ redisVersion, balancer }: DescribedCluster): Environment {
  return {
    node: process.version,
    redis: redisVersion,
    ...(balancer === null ? {} : { balancer: `${balancer.name} ${balancer.version}` }),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    os: `${platform()} ${release()}`,
  }
}

export function assembleResult(plan: Plan, judgement: Judgement, facts: RunFacts): RunResult {
  const { verdict, exitCode, invalidBecause, abortedBecause, budgets, ...judged } = judgement
  return {
    schema: RESULT_SCHEMA,
    scenario: plan.scenario,
    seed: plan.seed,
    driver: facts.driver,
    verdict,
    exitCode,
    invalidBecause,
    abortedBecause,
    budgets: budgets.map(budget => ({ ...budget, limitFrom: limitFrom(budget, facts.limitsFrom) })),
    ...judged,
    startedAt: facts.startedAt,
    durationsSeconds: facts.durationsSeconds,
    command: facts.command,
    size: {
      instances: plan.instances.length,
      rooms: plan.rooms.length,
      clients: plan.clients.length,
      messages: plan.messages.atMs.length + plan.rollCall.atMs.length,
      loadSeconds: plan.loadMs / 1000,
    },
    environment: facts.environment,
    ...(facts.redisPauses === undefined ? {} : { redisPauses: facts.redisPauses }),
  }
}

function limitFrom({ measure, phase }: BudgetResult, origins: LimitOrigins | undefined): string | null {
  if (origins === undefined) return null
  return origins[phase === 'run' ? measure : `${measure}.${phase}`] ?? EVERY_RUN
}

/** Text of the file. Fractions have three digits: microseconds, where the number is in milliseconds. */
export function formatResult(result: RunResult): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value
  return `${JSON.stringify(result, rounded, 2)}\n`
}

/** Of a run's folder; null where it has none, or none that was written to its end. */
export function readResult(folder: string): RunResult | null {
  try {
    return JSON.parse(readFileSync(join(folder, RESULT_FILE), 'utf8')) as RunResult
  } catch {
    return null
  }
}

/** Writes `result.json` into the run's folder, whole or not at all, and resolves with its path. */
export async function writeResult(folder: string, result: RunResult): Promise<string> {
  return writeWhole(join(folder, RESULT_FILE), formatResult(result))
}

/** Writes a file so that nobody ever reads a part of it, and resolves with its path. */
export async function writeWhole(path: string, text: string): Promise<string> {
  const unfinished = `${path}.unfinished`
  await writeFile(unfinished, text)
  await rename(unfinished, path)
  return path
}
