/**
 * Shrinks a failing scenario: fewer faults, a shorter and smaller load, plainer settings. The strategy only; running is passed in. A
 * candidate is kept where it keeps the rules and still fails in the same way, at least once in a few runs, since what depends on timing does
 * not fail every time.
 */

import type { FaultSpec, Scenario } from '../scenario/scenario.ts'
import { minimize } from './delta-debugging.ts'
import { isRunnable } from './runnable.ts'
import { muchSmallerScenarios, smallerScenarios } from './smaller-scenarios.ts'

/** Of one run. `invalid`: it says nothing either way. */
export type TryOutcome = 'failed' | 'passed' | 'invalid'

export interface ShrinkOptions {
  /** Of the plan, in every run. */
  readonly seed: number
  /** Runs it once; `failed` only where it breaks in the way that is looked for. */
  readonly run: (scenario: Scenario) => Promise<TryOutcome>
  /** Runs after which a candidate counts as one that does not fail; one less where the given scenario failed again at once. */
  readonly triesMax: number
  /** Runs of the whole search, those for the probability apart. */
  readonly runsMax: number
  readonly isTimeUp: () => boolean
  /** Runs of the final scenario from which its probability is told. */
  readonly repeats: number
  readonly onSmaller?: (scenario: Scenario) => void
}

export interface Shrunk {
  readonly scenario: Scenario
  /** `failed` of `of` runs of this very scenario, after it had been found. */
  readonly probability: { readonly failed: number; readonly of: number }
  /** `minimal`: nothing smaller was found to fail. `not-reproduced`: the scenario that was given did not fail again. */
  readonly endedBy: 'minimal' | 'runs' | 'time' | 'not-reproduced'
  readonly runs: number
}

/** Candidates that are gone back to where the last one does not fail again. */
const STEPS_BACK_MAX = 3

/** Rejects with what `run` rejects with. */
export async function shrink(scenario: Scenario, options: ShrinkOptions): Promise<Shrunk> {
  const search = new Search(options)
  if (!(await search.fails(scenario))) {
    const { runs } = search
    return { scenario, probability: { failed: 0, of: search.judged }, endedBy: 'not-reproduced', runs }
  }
  if (search.runs === 1) search.triesMax = Math.max(1, options.triesMax - 1)
  const accepted = [scenario]
  const keep = (smaller: Scenario) => {
    accepted.push(smaller)
    options.onSmaller?.(smaller)
  }
  let present = await shrinkBy(scenario, muchSmallerScenarios, search, keep)
  for (let isSmaller = true; isSmaller && search.end === null; ) {
    const before = present
    present = await fewerFaults(present, search, keep)
    present = await shrinkBy(present, smallerScenarios, search, keep)
    isSmaller = present !== before
  }
  return { ...(await mostLikely(accepted, search)), endedBy: search.end ?? 'minimal', runs: search.runs }
}

class Search {
  readonly #options: ShrinkOptions
  /** Candidates that were looked at, whether or not they failed. */
  readonly #seen = new Set<string>()
  triesMax: number
  runs = 0
  judged = 0
  end: 'runs' | 'time' | null = null

  constructor(options: ShrinkOptions) {
    this.#options = options
    this.triesMax = options.triesMax
  }

  get seed(): number {
    return this.#options.seed
  }

  /** Whether it fails at least once. Nothing is run a second time, and nothing any more once the search is over. */
  async fails(scenario: Scenario): Promise<boolean> {
    const text = JSON.stringify(scenario)
    if (this.#seen.has(text) || !isRunnable(scenario, this.seed)) return false
    this.#seen.add(text)
    for (let tries = 0; tries < this.triesMax && !this.#isOver(); tries++) {
      const outcome = await this.#options.run(scenario)
      this.runs++
      if (outcome !== 'invalid') this.judged++
      if (outcome === 'failed') return true
    }
    return false
  }

  /** Without limits of runs and time: a result without its probability is of little use. */
  async probability(scenario: Scenario): Promise<Shrunk['probability']> {
    let [failed, of] = [0, 0]
    for (let repeat = 0; repeat < this.#options.repeats; repeat++) {
      const outcome = await this.#options.run(scenario)
      this.runs++
      if (outcome !== 'invalid') of++
      if (outcome === 'failed') failed++
    }
    return { failed, of }
  }

  #isOver(): boolean {
    if (this.runs >= this.#options.runsMax) this.end ??= 'runs'
    else if (this.#options.isTimeUp()) this.end ??= 'time'
    return this.end !== null
  }
}

async function fewerFaults(scenario: Scenario, search: Search, keep: (smaller: Scenario) => void): Promise<Scenario> {
  let present = scenario
  await minimize<FaultSpec>(scenario.faults ?? [], async faults => {
    const candidate = { ...scenario, faults }
    if (!(await search.fails(candidate))) return false
    present = candidate
    keep(candidate)
    return true
  })
  return present
}

/** Goes through the candidates; after each success they are made anew, since the changes build on each other. */
async function shrinkBy(
  scenario: Scenario,
  candidates: (scenario: Scenario, seed: number) => readonly Scenario[],
  search: Search,
  keep: (smaller: Scenario) => void,
): Promise<Scenario> {
  let present = scenario
  for (let isSmaller = true; isSmaller && search.end === null; ) {
    isSmaller = false
    for (const candidate of candidates(present, search.seed)) {
      if (!(await search.fails(candidate))) continue
      present = candidate
      keep(candidate)
      isSmaller = true
      break
    }
  }
  return present
}

/**
 * The smallest one that fails again. Of those that fail now and then, some were kept by luck; the one before is larger and fails more
 * often. The first was seen to fail twice.
 */
async function mostLikely(
  accepted: readonly Scenario[],
  search: Search,
): Promise<Pick<Shrunk, 'scenario' | 'probability'>> {
  const first = accepted[0]!
  const candidates = [...new Set([...accepted.toReversed().slice(0, 1 + STEPS_BACK_MAX), first])]
  let last = { scenario: first, probability: { failed: 0, of: 0 } }
  for (const scenario of candidates) {
    last = { scenario, probability: await search.probability(scenario) }
    if (last.probability.failed > 0) break
  }
  return last
}
