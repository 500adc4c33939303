import { describe, expect, it } from 'vitest'
import { judgeMutants, runName } from './judge-mutants.ts'
import type { Mutant } from './mutant.ts'
import type { MutantRun } from './mutant-run.ts'

const DROPS = mutant('drops', 'talk', ['lost'])
const SWAPS = mutant('swaps', 'talk', ['lost', 'holes'])
const EXITS = mutant('exits', 'stop', ['uncleanDrains'])

function mutant(name: string, scenario: string, caughtBy: Mutant['caughtBy']): Mutant {
  return { name, about: `It ${name}.`, scenario, caughtBy, patches: [] }
}

function run(
  verdict: MutantRun['verdict'],
  broken: readonly string[] = [],
  because: readonly string[] = [],
): MutantRun {
  return { verdict, broken, because, seconds: 20 }
}

const PASS = run('pass')
const SHIPPED = { 'as it ships, talk': PASS, 'as it ships, stop': PASS }

interface Setting {
  readonly known?: Readonly<Record<string, MutantRun>>
  /** Aborts while this one runs. */
  readonly abortAt?: string
}

/** Judges by what the runs are said to give, and tells which were made and which are to be remembered. */
async function judged(mutants: readonly Mutant[], runs: Readonly<Record<string, MutantRun>>, setting: Setting = {}) {
  const { known = {}, abortAt } = setting
  const made: string[] = []
  const remembered: string[] = []
  const controller = new AbortController()
  const outcomes = await judgeMutants(mutants, {
    run: async (scenario, of) => {
      const name = runName(scenario, of)
      made.push(name)
      if (name === abortAt) controller.abort()
      const found = runs[name]
      if (found === undefined) throw new Error(`nobody said what ${name} gives`)
      return found
    },
    known: new Map(Object.entries(known)),
    onRun: name => remembered.push(name),
    abort: controller.signal,
  })
  return { outcomes, made, remembered }
}

describe('a mutant is caught', () => {
  it('by the measure that names its bug, where the service as it ships passes', async () => {
    const { outcomes } = await judged([DROPS], { ...SHIPPED, drops: run('fail', ['lost', 'stranded']) })
    expect(outcomes).toEqual([
      {
        of: 'service',
        mutant: 'drops',
        about: 'It drops.',
        where: 'talk',
        caughtBy: ['lost'],
        broken: ['lost', 'stranded'],
        isCaught: true,
        because: '',
        seconds: 20,
      },
    ])
  })
})

describe('a mutant is not caught', () => {
  const only = async (swaps: MutantRun) => {
    const { outcomes, made } = await judged([SWAPS], { ...SHIPPED, swaps })
    // Whatever came out is not asked for again.
    expect(made).toEqual(['as it ships, talk', 'swaps'])
    expect(outcomes[0]!.isCaught).toBe(false)
    return outcomes[0]!.because
  }

  it('that passes', async () => {
    expect(await only(PASS)).toBe('pass')
  })

  it('by other measures than those that name its bug', async () => {
    expect(await only(run('fail', ['stranded']))).toBe('not by lost, holes')
  })

  it('by only some of them', async () => {
    expect(await only(run('fail', ['lost']))).toBe('not by holes')
  })

  it('by an invalid run, even where the measures broke', async () => {
    const invalid = run('invalid', ['lost', 'holes'], ['the generator could not keep up'])
    expect(await only(invalid)).toBe('invalid; the generator could not keep up')
  })

  it('that does not start', async () => {
    expect(await only(run('none', [], ['chat-1 ended with 1']))).toBe('none; chat-1 ended with 1')
  })
})

describe('a service as it ships that does not pass', () => {
  it.each([run('fail', ['late']), run('invalid', ['late']), run('none')])(
    'spoils the mutants of its scenario, which are not run, and no others: %j',
    async shipped => {
      const runs = { ...SHIPPED, 'as it ships, talk': shipped, exits: run('fail', ['uncleanDrains']) }
      const { outcomes, made } = await judged([DROPS, SWAPS, EXITS], runs)
      expect(outcomes.map(({ isCaught }) => isCaught)).toEqual([false, false, true])
      expect(outcomes[0]!.because).toContain(`the service as it ships does not pass talk: ${shipped.verdict}`)
      expect(made).toEqual(['as it ships, talk', 'as it ships, stop', 'exits'])
    },
  )
})

describe('the runs', () => {
  const RUNS = { ...SHIPPED, drops: run('fail', ['lost']), swaps: PASS, exits: run('fail', ['uncleanDrains']) }

  it('go scenario by scenario, the service as it ships first and once; the outcomes keep the order of the mutants', async () => {
    const { outcomes, made, remembered } = await judged([DROPS, EXITS, SWAPS], RUNS)
    expect(made).toEqual(['as it ships, talk', 'drops', 'swaps', 'as it ships, stop', 'exits'])
    expect(remembered).toEqual(made)
    expect(outcomes.map(({ mutant }) => mutant)).toEqual(['drops', 'exits', 'swaps'])
  })

  it('that are known are not made again, whatever came out', async () => {
    const known = { 'as it ships, talk': PASS, swaps: run('invalid') }
    const { outcomes, made } = await judged([DROPS, SWAPS], RUNS, { known })
    expect(made).toEqual(['drops'])
    expect(outcomes.map(({ isCaught }) => isCaught)).toEqual([true, false])
  })

  it.each([
    ['as it ships, talk', [], []],
    ['swaps', ['as it ships, talk', 'drops'], ['drops']],
  ])(
    'end where they are interrupted, at "%s", and what was cut short is forgotten',
    async (abortAt, kept, judgedOnes) => {
      const { outcomes, made, remembered } = await judged([DROPS, SWAPS, EXITS], RUNS, { abortAt })
      expect(made.at(-1)).toBe(abortAt)
      expect(remembered).toEqual(kept)
      expect(outcomes.map(({ mutant }) => mutant)).toEqual(judgedOnes)
    },
  )
})
