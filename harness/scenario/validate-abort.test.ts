import { describe, expect, test } from 'vitest'
import { applyOverrides } from './overrides.ts'
import { ABORT_MEASURES, type Scenario } from './scenario.ts'
import { validateScenario } from './validate.ts'

function scenario(top: Record<string, unknown>): Record<string, unknown> {
  return {
    about: 'An example.',
    topology: { instances: 3 },
    load: { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20 },
    budgets: {},
    ...top,
  }
}

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

const problemOf = (top: Record<string, unknown>) => messageOf(() => validateScenario(scenario(top), 'x.ts'))

describe('abortWhen', () => {
  test('may limit each measure that is known while a run goes', () => {
    const limits = Object.fromEntries(Object.keys(ABORT_MEASURES).map(name => [name, 0]))
    expect(problemOf({ abortWhen: limits })).toBe('')
    expect(problemOf({ abortWhen: { disconnected: 23 } })).toBe('')
  })

  test.each([
    [7, 'abortWhen: found 7; allowed is an object'],
    [{}, 'abortWhen: found no measure; allowed is a limit for one or more of overdue, disconnected, holes'],
    [{ overdeu: 5 }, 'abortWhen.overdeu: found a measure that is not known while a run goes'],
    [{ overdeu: 5 }, 'Did you mean "overdue"?'],
    [{ lost: 0 }, 'abortWhen.lost: found a measure that is not known while a run goes; allowed is one of overdue'],
    [{ overdue: -1 }, 'abortWhen.overdue: found -1; allowed is a whole number from 0'],
    [{ overdue: 1.5 }, 'abortWhen.overdue: found 1.5'],
    [{ overdue: '5' }, 'abortWhen.overdue: found "5"'],
    [{ overdue: Number.NaN }, 'abortWhen.overdue: found NaN'],
    [{ overdue: undefined }, 'abortWhen.overdue: found nothing'],
    [{ disconnected: 24 }, 'abortWhen.disconnected: found 24; allowed is less than the number of clients, which is 24'],
  ])('%j', (abortWhen, expected) => {
    const problem = problemOf({ abortWhen })
    expect(problem).toContain(expected)
    expect(problem.split('\n')).toHaveLength(1)
  })

  test('a flag that makes a limit useless is named', () => {
    const written = scenario({ abortWhen: { disconnected: 12 } }) as unknown as Scenario
    expect(messageOf(() => applyOverrides(written, { clients: 12 }, 'x.ts'))).toContain('(set by --clients 12)')
  })
})

describe('instancesDownMax', () => {
  test.each([1, 2, 3])('may be %i of 3 instances', instancesDownMax => {
    expect(problemOf({ instancesDownMax })).toBe('')
  })

  test.each([
    [0, 'instancesDownMax: found 0; allowed is a whole number from 1 to 64'],
    [1.5, 'instancesDownMax: found 1.5'],
    [4, 'instancesDownMax: found 4; allowed is at most topology.instances, which is 3'],
  ])('%d is refused', (instancesDownMax, expected) => {
    expect(problemOf({ instancesDownMax })).toContain(expected)
  })

  test('a flag that makes it too many is named', () => {
    const written = scenario({ instancesDownMax: 3 }) as unknown as Scenario
    expect(messageOf(() => applyOverrides(written, { instances: 2 }, 'x.ts'))).toContain('(set by --instances 2)')
  })
})
