import { describe, expect, test } from 'vitest'
import { validateScenario } from './validate.ts'

function problemsOf(http: unknown, budgets: Record<string, unknown> = {}): string[] {
  const scenario = {
    about: 'An example.',
    topology: { instances: 3 },
    load: { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20 },
    ...(http === undefined ? {} : { http }),
    budgets,
  }
  try {
    validateScenario(scenario, 'x.ts')
    return []
  } catch (error) {
    return (error as Error).message.split('\n').map(line => line.slice('x.ts: '.length))
  }
}

describe('the HTTP load', () => {
  test('is sound with all of its paths, and at its limits', () => {
    const http = [
      { path: 'readyz', requestsPerSecond: 3, connections: 3 },
      { path: 'metrics', requestsPerSecond: 4 },
      { path: 'publish', requestsPerSecond: 200, connections: 200 },
    ]
    expect(problemsOf(http)).toEqual([])
    expect(problemsOf([])).toEqual([])
  })

  test.each([
    [7, 'http: found 7; allowed is a list'],
    [[7], 'http[0]: found 7; allowed is an object: { path, requestsPerSecond, connections }'],
    [
      [{ path: 'ready', requestsPerSecond: 9 }],
      'http[0].path: found "ready"; allowed is "readyz" or "metrics" or "publish". Did you mean "readyz"?',
    ],
    [
      [{ path: 'readyz', requestsPerSecond: 0.5 }],
      'http[0].requestsPerSecond: found 0.5; allowed is a whole number from 1 to 5000',
    ],
    [
      [{ path: 'readyz', requestsPerSecond: 2 }],
      'http[0].requestsPerSecond: found 2; allowed is at least topology.instances, which is 3, so that each is asked every second',
    ],
    [
      [{ path: 'readyz', requestsPerSecond: 9, connections: 2 }],
      'http[0].connections: found 2; allowed is from 3 (topology.instances) to 9 (its requestsPerSecond)',
    ],
    [
      [{ path: 'readyz', requestsPerSecond: 9, connections: 10 }],
      'http[0].connections: found 10; allowed is from 3 (topology.instances) to 9 (its requestsPerSecond)',
    ],
    [
      [
        { path: 'readyz', requestsPerSecond: 9 },
        { path: 'readyz', requestsPerSecond: 9 },
      ],
      'http[1].path: found "readyz" again; allowed is each path once',
    ],
  ])('%j is refused', (http, problem) => {
    expect(problemsOf(http)).toEqual([problem])
  })
})

describe('budgets', () => {
  const READYZ = [{ path: 'readyz', requestsPerSecond: 60 }]

  test('on what is asked', () => {
    expect(problemsOf(READYZ, { readyzP99Ms: 50, httpErrors: 0 })).toEqual([])
    const publish = [{ path: 'publish', requestsPerSecond: 60 }]
    expect(problemsOf(publish, { publishMaxMs: 50.5, httpLost: 0, httpDuplicated: 0 })).toEqual([])
  })

  test.each([
    [
      undefined,
      { readyzP99Ms: 50 },
      "budgets.readyzP99Ms: found 50; allowed is a budget on readyz only in a scenario with { path: 'readyz', … } in http",
    ],
    [
      READYZ,
      { metricsP50Ms: 50 },
      "budgets.metricsP50Ms: found 50; allowed is a budget on metrics only in a scenario with { path: 'metrics', … } in http",
    ],
    [undefined, { httpErrors: 0 }, 'budgets.httpErrors: found 0; allowed is this budget only in a scenario with http'],
    [
      READYZ,
      { httpLost: 0 },
      "budgets.httpLost: found 0; allowed is this budget only in a scenario with { path: 'publish', … } in http",
    ],
    [READYZ, { httpErrors: 0.5 }, 'budgets.httpErrors: found 0.5; allowed is a whole number from 0'],
    [
      READYZ,
      { readyzP99Ms: { steady: 50 } },
      'budgets.readyzP99Ms: found limits for phases; allowed is one number for the whole run; only latencies of messages have phases',
    ],
    [
      READYZ,
      { readyzP95Ms: 50 },
      'budgets.readyzP95Ms: found a measure that does not exist; allowed is a measure. Did you mean "readyzP90Ms"?',
    ],
  ])('%j with %j', (http, limits, problem) => {
    expect(problemsOf(http, limits)).toEqual([problem])
  })
})
