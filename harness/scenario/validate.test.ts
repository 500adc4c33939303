import { describe, expect, test } from 'vitest'
import { DRAIN_MS_MAX } from '../checkers/drain.ts'
import { DRAIN_SECONDS_MAX } from './downtime.ts'
import { ScenarioError, validateScenario } from './validate.ts'

type Loose = Record<string, unknown>

const FILE = 'scenarios/example.ts'

/** A scenario without a mistake; each argument replaces fields of one part. */
function scenario(
  changes: { top?: Loose; topology?: Loose; load?: Loose; faults?: unknown; budgets?: Loose } = {},
): Loose {
  return {
    about: 'An example.',
    topology: { instances: 3, ...changes.topology },
    load: { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20, ...changes.load },
    faults: changes.faults ?? [{ kind: 'kill-instance', target: 'each', atSeconds: 2, everySeconds: 5 }],
    budgets: { lost: 0, crossInstanceP99Ms: { steady: 100, fault: 1500 }, steadyAgainSeconds: 5, ...changes.budgets },
    ...changes.top,
  }
}

/** Lines of the error's message, without the file's name that begins each. */
function problemsOf(value: unknown): string[] {
  try {
    validateScenario(value, FILE)
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError)
    return (error as Error).message.split('\n').map(line => {
      expect(line.startsWith(FILE)).toBe(true)
      return line.slice(FILE.length + 2)
    })
  }
  return []
}

test('a sound scenario is returned as it is', () => {
  const value = scenario()
  expect(validateScenario(value, FILE)).toBe(value)
})

test('all problems are told at once', () => {
  const problems = problemsOf(scenario({ load: { clients: -3, textBytes: 23 }, budgets: { lots: 0 } }))
  expect(problems).toEqual([
    'load.clients: found -3; allowed is a whole number from 1 to 100000',
    'load.textBytes: found 23; allowed is a whole number from 24 to 8192',
    'budgets.lots: found a measure that does not exist; allowed is a measure. Did you mean "lost"?',
  ])
})

describe('not a scenario', () => {
  test.each([[null], [[]], ['smoke'], [7], [() => 0]])('%s', value => {
    expect(problemsOf(value)).toHaveLength(1)
    expect(problemsOf(value)[0]).toContain('defineScenario')
  })
})

describe('fields', () => {
  test.each([
    [{ top: { abuot: 'x' } }, 'abuot: found a field that does not exist', 'Did you mean "about"?'],
    [{ load: { client: 5 } }, 'load.client: found a field that does not exist', 'Did you mean "clients"?'],
    [{ topology: { apendFsync: 'no' } }, 'topology.apendFsync', 'Did you mean "appendFsync"?'],
    [{ faults: [{ kind: 'kill-instance', at: 5, atSeconds: 2 }] }, 'faults[0].at', 'atSeconds'],
    [{ top: { about: '' } }, 'about: found ""', 'one line of text'],
    [{ top: { about: 'a\nb' } }, 'about: found "a\\nb"', 'one line of text'],
    [{ top: { topology: undefined } }, 'topology: found nothing', 'an object'],
    [{ top: { load: [] } }, 'load: found a list of 0', 'an object'],
    [{ top: { budgets: undefined } }, 'budgets: found nothing', 'an object'],
    [{ top: { faults: {} } }, 'faults: found an object', 'a list'],
    [{ load: { rooms: undefined } }, 'load.rooms: found nothing', 'a whole number from 1'],
    [{ load: { clients: 24.5 } }, 'load.clients: found 24.5', 'a whole number'],
    [{ load: { clients: '24' } }, 'load.clients: found "24"', 'a whole number'],
    [{ load: { seconds: Number.NaN } }, 'load.seconds: found NaN', 'a number from 1'],
    [
      { load: { messagesPerSecond: Number.POSITIVE_INFINITY } },
      'load.messagesPerSecond: found Infinity',
      'a number from',
    ],
    [{ load: { messagesPerSecond: 0 } }, 'load.messagesPerSecond: found 0', 'a number from 0.01'],
    [{ load: { warmUpSeconds: -1 } }, 'load.warmUpSeconds: found -1', 'a number from 0'],
    [{ topology: { instances: 0 } }, 'topology.instances: found 0', 'a whole number from 1 to 64'],
    [{ topology: { balancer: 'nginx' } }, 'topology.balancer: found "nginx"', 'allowed is "haproxy" or "direct"'],
    [{ topology: { balancer: 'haprxy' } }, 'topology.balancer: found "haprxy"', 'Did you mean "haproxy"?'],
    [{ topology: { appendFsync: 'alway' } }, 'topology.appendFsync: found "alway"', 'Did you mean "always"?'],
    [{ topology: { environment: { LIMIT: 5 } } }, 'topology.environment.LIMIT: found 5', 'a string'],
    [{ topology: { environment: { 'a-b': '5' } } }, 'topology.environment.a-b: found the name', 'capitals'],
    [{ top: { settleSecondsMax: 1 } }, 'settleSecondsMax: found 1', 'a number from 8'],
    [{ top: { deadlineSeconds: 0 } }, 'deadlineSeconds: found 0', 'a number from 0.1 to 60'],
  ])('%j', (changes, where, allowed) => {
    const problems = problemsOf(scenario(changes))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(where)
    expect(problems[0]).toContain(allowed)
  })

  test('optional fields may be left out', () => {
    expect(problemsOf(scenario({ top: { faults: undefined, budgets: {} } }))).toEqual([])
  })
})

describe('the load as a whole', () => {
  test.each([
    [{ load: { rooms: 25 } }, 'load.rooms: found 25; allowed is at most load.clients, which is 24'],
    [{ load: { roomsPerClient: 5 } }, 'load.roomsPerClient: found 5; allowed is at most load.rooms, which is 4'],
    [{ load: { clients: 11 } }, 'load.clients: found 11; allowed is at least 12'],
    [{ load: { clients: 5, roomsPerClient: 2 } }, 'load.clients: found 5; allowed is at least 6'],
    [{ load: { messagesPerSecond: 0.01 } }, 'load.messagesPerSecond: found 0.01; allowed is at least one message'],
    [{ load: { messagesPerSecond: 100_000, seconds: 3600 } }, 'load.messagesPerSecond: found 100000, which makes'],
  ])('%j', (changes, expected) => {
    const problems = problemsOf(scenario(changes))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(expected)
  })

  test('as many clients as rooms × instances are enough', () => {
    expect(problemsOf(scenario({ load: { clients: 12 } }))).toEqual([])
    expect(problemsOf(scenario({ load: { clients: 6, roomsPerClient: 2 } }))).toEqual([])
  })
})

describe('faults', () => {
  const kill = { kind: 'kill-instance', atSeconds: 5 }

  test.each([
    [[7], 'faults[0]: found 7'],
    [[{ atSeconds: 5 }], 'faults[0].kind: found nothing'],
    [[{ ...kill, kind: 'kil-instance' }], 'Did you mean "kill-instance"?'],
    [[{ kind: 'kill-instance' }], 'faults[0].atSeconds: found nothing'],
    [[{ ...kill, target: 'al' }], 'faults[0].target: found "al"'],
    [[{ ...kill, target: { fraction: 0 } }], 'faults[0].target: found an object'],
    [[{ ...kill, target: { part: 0.5 } }], 'faults[0].target: found an object'],
    [
      [{ ...kill, times: 2 }],
      'faults[0].everySeconds: found nothing; allowed is the seconds from one time to the next',
    ],
    [[{ ...kill, times: 3, everySeconds: 8 }], 'faults[0].everySeconds: found 8, which puts the last one at 21 s'],
    [[{ ...kill, atSeconds: { from: 5, to: 4 } }], 'faults[0].atSeconds: found an object'],
    [[{ ...kill, atSeconds: { from: 5, to: 20 } }], 'faults[0].atSeconds: found 20; allowed is a time before'],
    [[{ ...kill, forSeconds: 3 }], 'faults[0].forSeconds: found a field that does not exist'],
    [
      [{ kind: 'restart-redis', atSeconds: 5, target: 'chat-1' }],
      'faults[0].target: found a field that does not exist',
    ],
    [[{ kind: 'cut-redis', atSeconds: 5, how: 'rset' }], 'Did you mean "reset"?'],
    [
      [{ kind: 'slow-network', atSeconds: 5, share: 1.5 }],
      'faults[0].share: found 1.5; allowed is a number from 0.01 to 1',
    ],
    [
      [
        { kind: 'remove-instance', target: 'chat-2', atSeconds: 5 },
        { kind: 'pause-instance', target: 'chat-2', atSeconds: 9 },
      ],
      'faults[1].atSeconds: found 9 s for chat-2, which faults[0] holds down until the end',
    ],
    [[{ ...kill, target: 'chat-0' }], 'faults[0].target: found "chat-0"'],
    [
      [{ ...kill, target: 'chat-4' }],
      'faults[0].target: found "chat-4", an instance that does not exist; allowed is chat-1 to',
    ],
    [[{ ...kill, target: 'each' }], 'faults[0].everySeconds: found nothing'],
    [[{ ...kill, everySeconds: 3 }], 'faults[0].everySeconds: found 3; allowed is everySeconds only together'],
    [[{ ...kill, atSeconds: 20 }], 'faults[0].atSeconds: found 20; allowed is a time before the load ends'],
    [[{ ...kill, atSeconds: -1 }], 'faults[0].atSeconds: found -1'],
    [
      [{ ...kill, target: 'each', everySeconds: 8 }],
      'faults[0].everySeconds: found 8, which puts the fault of chat-3 at 21 s',
    ],
    [[{ ...kill, restart: 'no' }], 'faults[0].restart: found "no"; allowed is true or false'],
    [[{ ...kill, restart: false, downSeconds: 2 }], 'faults[0].downSeconds: found 2 with restart: false'],
    [[kill, { ...kill, atSeconds: 99 }], 'faults[1].atSeconds: found 99'],
    [
      [{ ...kill, target: 'each', everySeconds: 1, restart: false }],
      'faults: found 3 that are not started again, of 3',
    ],
    [
      [
        { ...kill, target: 'chat-2', downSeconds: 4 },
        { ...kill, target: 'chat-2', atSeconds: 8 },
      ],
      'faults[1].atSeconds: found 8 s for chat-2, which faults[0] holds down until 9 s',
    ],
    [
      [
        { ...kill, target: 'chat-2', atSeconds: 8 },
        { ...kill, target: 'chat-2', restart: false },
      ],
      'faults[0].atSeconds: found 8 s for chat-2, which faults[1] holds down until the end',
    ],
    [
      [
        { kind: 'stop-instance', target: 'chat-1', atSeconds: 5 },
        { ...kill, target: 'chat-1', atSeconds: 8 },
      ],
      'faults[1].atSeconds: found 8 s for chat-1, which faults[0] holds down until 26 s, for a drain may last 20 s',
    ],
  ])('%j', (faults, expected) => {
    const problems = problemsOf(scenario({ faults }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(expected)
  })

  test('one instance needs no everySeconds for "each"', () => {
    expect(problemsOf(scenario({ topology: { instances: 1 }, faults: [{ ...kill, target: 'each' }] }))).toEqual([])
  })

  test('the same instance may be hit again once it is up', () => {
    const faults = [
      { ...kill, target: 'chat-2' },
      { ...kill, target: 'chat-2', atSeconds: 8 },
    ]
    expect(problemsOf(scenario({ faults }))).toEqual([])
  })

  test('a stopped instance may be hit again once its drain must be over', () => {
    const stop = { kind: 'stop-instance', target: 'chat-2', atSeconds: 5 }
    const again = (atSeconds: number) => scenario({ load: { seconds: 40 }, faults: [stop, { ...stop, atSeconds }] })
    expect(problemsOf(again(26))).toHaveLength(1)
    expect(problemsOf(again(26.1))).toEqual([])
  })

  test('a drain may last as long as the drain checker allows', () => {
    expect(DRAIN_SECONDS_MAX * 1000).toBe(DRAIN_MS_MAX)
  })
})

describe('budgets', () => {
  test.each([
    [{ crossInstanceP99: 5 }, 'Did you mean "crossInstanceP99Ms"?'],
    [{ acktoStringMs: 5 }, 'budgets.acktoStringMs: found a measure that does not exist'],
    [{ somethingElseAltogether: 5 }, 'allowed is one of lost, duplicated'],
    [{ lost: { steady: 0 } }, 'budgets.lost: found limits for phases; allowed is one number'],
    [{ reconnectSeconds: { fault: 3 } }, 'budgets.reconnectSeconds: found limits for phases'],
    [{ lost: 0.5 }, 'budgets.lost: found 0.5; allowed is a whole number from 0'],
    [{ lost: -1 }, 'budgets.lost: found -1'],
    [{ ackP99Ms: '5' }, 'budgets.ackP99Ms: found "5"; allowed is a number from 0, or an object with limits'],
    [{ ackP99Ms: Number.NaN }, 'budgets.ackP99Ms: found NaN'],
    [{ ackP99Ms: {} }, 'budgets.ackP99Ms: found no phase'],
    [{ ackP99Ms: { stedy: 5 } }, 'budgets.ackP99Ms.stedy: found a phase that does not exist; allowed is one of steady'],
    [{ ackP99Ms: { steady: -5 } }, 'budgets.ackP99Ms.steady: found -5; allowed is a number from 0'],
    [{ ackP99Ms: { steady: { fault: 1 } } }, 'budgets.ackP99Ms.steady: found an object'],
  ])('%j', (budgets, expected) => {
    const problems = problemsOf(scenario({ budgets }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(expected)
  })

  test('without faults, nothing recovers', () => {
    expect(problemsOf(scenario({ faults: [] }))).toEqual([
      'budgets.crossInstanceP99Ms.fault: found 1500; allowed is the phase fault only in a scenario with faults',
      'budgets.steadyAgainSeconds: found 5; allowed is a budget for recovery only in a scenario with faults',
    ])
  })
})
