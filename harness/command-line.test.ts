import { describe, expect, test } from 'vitest'
import { parseCommandLine, UsageError } from './command-line.ts'
import { COMPARE_FLAGS } from './compare-command.ts'
import { EXPLORE_FLAGS } from './explore-command.ts'
import { FIND_CAPACITY_FLAGS } from './find-capacity-command.ts'
import { SCENARIO_FLAGS } from './scenario-command.ts'

const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '), () => 42)

/** The message of the UsageError that the line ends with. */
function messageOf(line: string): string {
  try {
    parse(line)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }
  throw new Error(`"${line}" was understood`)
}

test('a scenario by its name alone', () => {
  expect(parse('scenario smoke')).toEqual({
    command: 'scenario',
    name: 'smoke',
    driver: null,
    composeProject: null,
    overrides: {},
    budgetsFile: null,
    reports: ['summary', 'junit', 'openmetrics', 'html'],
    seed: 42,
    isSeedDrawn: true,
    out: null,
    repeat: 1,
    baseline: null,
    floors: [],
    isForced: false,
    redisUrl: null,
    metricsPort: null,
    metricsHost: '127.0.0.1',
    serviceFolder: null,
    workers: null,
    load: 'harness',
  })
})

test('a scenario with every flag', () => {
  const line =
    'scenario smoke --driver process --instances 3 --clients=500 --rooms 20 --messages-per-second 12.5 --seconds 30 --seed 7 ' +
    '--out runs/x --redis-url redis://:secret@127.0.0.1:6379/1 --budget crossInstanceP99Ms=50 --budget ackP99Ms.steady=0.001 ' +
    '--metrics-port 9100 --metrics-host 0.0.0.0 --service other/service --workers 2 --load none --budgets ci/budgets.json --report junit ' +
    '--repeat 5 --baseline runs/before --floor latencyP99=50%,20 --floor recovery=5 --force'
  expect(parse(line)).toEqual({
    command: 'scenario',
    name: 'smoke',
    driver: 'process',
    composeProject: null,
    overrides: {
      instances: 3,
      clients: 500,
      rooms: 20,
      messagesPerSecond: 12.5,
      seconds: 30,
      budgets: [
        { measure: 'crossInstanceP99Ms', phase: null, limit: 50 },
        { measure: 'ackP99Ms', phase: 'steady', limit: 0.001 },
      ],
    },
    budgetsFile: 'ci/budgets.json',
    reports: ['junit'],
    seed: 7,
    isSeedDrawn: false,
    out: 'runs/x',
    repeat: 5,
    baseline: 'runs/before',
    floors: ['latencyP99=50%,20', 'recovery=5'],
    isForced: true,
    redisUrl: 'redis://:secret@127.0.0.1:6379/1',
    metricsPort: 9100,
    metricsHost: '0.0.0.0',
    serviceFolder: 'other/service',
    workers: 2,
    load: 'none',
  })
})

test('who chooses the instance of a connection', () => {
  expect(parse('scenario smoke --balancer haproxy')).toMatchObject({ overrides: { balancer: 'haproxy' } })
  expect(parse('find-capacity steady --balancer direct')).toMatchObject({ overrides: { balancer: 'direct' } })
  expect(messageOf('scenario smoke --balancer nginx')).toBe('--balancer: found "nginx"; allowed is haproxy or direct.')
  expect(messageOf('scenario smoke --balancer haprox')).toContain('Did you mean "haproxy"?')
})

test('flags may stand before the name', () => {
  expect(parse('scenario --seed 7 smoke')).toMatchObject({ name: 'smoke', seed: 7 })
})

test('a drawn seed is a whole number of 31 bits', () => {
  const command = parseCommandLine(['scenario', 'smoke'])
  if (command.command !== 'scenario') throw new Error('not a scenario')
  expect(Number.isInteger(command.seed)).toBe(true)
  expect(command.seed).toBeGreaterThanOrEqual(0)
  expect(command.seed).toBeLessThan(2 ** 31)
})

test('list and check', () => {
  expect(parse('scenario')).toEqual({ command: 'list', set: null, isJson: false })
  expect(parse('scenario --list quick --json')).toEqual({ command: 'list', set: 'quick', isJson: true })
  expect(parse('check runs/latest')).toMatchObject({ command: 'check', folder: 'runs/latest' })
  expect(parse('check runs/latest --report junit')).toMatchObject({ reports: ['junit'] })
  expect(parse('runs --keep 3')).toMatchObject({ command: 'runs', do: 'prune', keep: 3 })
})

test('a script for k6', () => {
  expect(parse('k6 steady')).toEqual({ command: 'k6', name: 'steady' })
  expect(parse('k6 --help')).toMatchObject({ command: 'help', text: expect.stringContaining('scenarios/k6/') })
})

describe('compare', () => {
  test('two runs, the old one first', () => {
    expect(parse('compare runs/before 1')).toEqual({
      command: 'compare',
      old: 'runs/before',
      new: '1',
      floors: [],
      isForced: false,
      asMarkdown: false,
      showAll: false,
      out: null,
    })
  })

  test('with every flag', () => {
    expect(parse('compare a b --floor latencyP50=9 --all --markdown --out c --force')).toMatchObject({
      ...{ floors: ['latencyP50=9'], isForced: true, asMarkdown: true, showAll: true, out: 'c' },
    })
  })

  test.each(['compare', 'compare a', 'compare a b c'])('"%s" is not understood', line => {
    expect(messageOf(line)).toMatch(/expects two runs, the old one first/)
  })

  test('how to compare needs something to compare with', () => {
    expect(messageOf('scenario smoke --floor latencyP50=9')).toMatch(/--floor.*--baseline/)
    expect(messageOf('scenario smoke --force')).toMatch(/--force.*--baseline/)
  })

  test('its help has its flags and exit codes', () => {
    const command = parse('compare --help')
    if (command.command !== 'help') throw new Error('not help')
    for (const flag of Object.keys(COMPARE_FLAGS)) expect(command.text).toContain(`--${flag}`)
    expect(command.text).toContain('2 they cannot be compared')
  })
})

describe('find-capacity', () => {
  test('alone', () => {
    expect(parse('find-capacity steady')).toEqual({
      command: 'find-capacity',
      name: 'steady',
      driver: null,
      composeProject: null,
      overrides: {},
      from: null,
      to: null,
      stepSeconds: 10,
      precision: 0.1,
      seed: 42,
      out: null,
      serviceFolder: null,
      workers: null,
    })
  })

  test('with every flag', () => {
    const line =
      'find-capacity steady --from 100 --to 2000 --step-seconds 5 --precision 0.05 --driver process --instances 2 --clients 40 ' +
      '--rooms 4 --budget ackP99Ms=50 --seed 7 --out runs/x --service other --workers 1'
    expect(parse(line)).toMatchObject({
      ...{
        from: 100,
        to: 2000,
        stepSeconds: 5,
        precision: 0.05,
        driver: 'process',
        seed: 7,
        out: 'runs/x',
        workers: 1,
      },
      overrides: { instances: 2, clients: 40, rooms: 4, budgets: [{ measure: 'ackP99Ms', phase: null, limit: 50 }] },
      serviceFolder: 'other',
    })
  })

  test('its help has its flags and exit codes', () => {
    const command = parse('find-capacity --help')
    if (command.command !== 'help') throw new Error('not help')
    for (const flag of Object.keys(FIND_CAPACITY_FLAGS)) expect(command.text).toContain(`--${flag}`)
    expect(command.text).toContain('3 the generator')
  })
})

describe('explore', () => {
  test('alone', () => {
    expect(parse('scenario explore')).toEqual({
      command: 'explore',
      runs: 20,
      seed: null,
      driver: null,
      shrinkMinutes: 10,
      out: null,
      serviceFolder: null,
    })
  })

  test('with every flag, before the name and after it', () => {
    const line = 'scenario --runs 3 explore --seed 7 --driver docker --shrink-minutes 0.5 --out runs/x --service mutant'
    expect(parse(line)).toEqual({
      command: 'explore',
      runs: 3,
      seed: 7,
      driver: 'docker',
      shrinkMinutes: 0.5,
      out: 'runs/x',
      serviceFolder: 'mutant',
    })
  })

  test('is not meant where it is the value of a flag', () => {
    expect(parse('scenario --out explore smoke')).toMatchObject({ command: 'scenario', name: 'smoke', out: 'explore' })
  })

  test('help names every flag', () => {
    const command = parse('scenario explore --help')
    if (command.command !== 'help') throw new Error('not help')
    for (const flag of Object.keys(EXPLORE_FLAGS)) expect(command.text).toContain(`--${flag}`)
    expect(command.text).not.toContain('--clients')
  })
})

describe('help', () => {
  test.each(['', '--help', '-h', 'help'])('overview: "%s"', line => {
    expect(parse(line)).toMatchObject({ command: 'help', text: expect.stringContaining('npm run check') })
  })

  test('of a scenario names every flag', () => {
    for (const line of ['scenario --help', 'scenario smoke --help']) {
      const command = parse(line)
      if (command.command !== 'help') throw new Error('not help')
      for (const flag of Object.keys(SCENARIO_FLAGS)) expect(command.text).toContain(`--${flag}`)
    }
  })

  test('of check', () => {
    expect(parse('check --help')).toMatchObject({ command: 'help', text: expect.stringContaining('run folder') })
  })
})

describe('what cannot be understood', () => {
  test.each([
    ['scenarios smoke', ['"scenarios" is not a command', 'Did you mean "scenario"?', 'check']],
    ['run', ['"run" is not a command', 'Commands: scenario, find-capacity, check']],
    ['scenario smoke --sead 7', ['--sead is not a flag', 'Did you mean "--seed"?', '--driver']],
    ['scenario smoke --client=7', ['--client is not a flag', 'Did you mean "--clients"?']],
    ['scenario smoke -s 7', ['-s is not a flag']],
    ['scenario smoke --seed', ['--seed needs a value, <number>']],
    ['scenario smoke --seed -7', ['--seed needs a value']],
    ['scenario smoke --seed --rooms 5', ['--seed needs a value']],
    ['scenario smoke --help=yes', ['--help takes no value']],
    ['scenario smoke 7', ['expected one scenario, found "smoke", "7"', 'after --']],
    ['scenario --seed 7', ['--seed needs a scenario']],
    ['scenario smoke --seed=-7', ['--seed: found "-7"', 'a whole number from 0 to 2147483647']],
    ['scenario smoke --seed 2147483648', ['--seed: found "2147483648"']],
    ['scenario smoke --seed 1e3', ['--seed: found "1e3"']],
    ['scenario smoke --seed 0x10', ['--seed: found "0x10"']],
    ['scenario smoke --seed 1.5', ['--seed: found "1.5"', 'whole number']],
    ['scenario smoke --instances 0', ['--instances: found "0"', 'a whole number from 1 to 64']],
    ['scenario smoke --clients many', ['--clients: found "many"', 'a whole number from 1']],
    ['scenario smoke --messages-per-second 0', ['--messages-per-second: found "0"', 'a number from 0.01']],
    ['scenario smoke --seconds Infinity', ['--seconds: found "Infinity"']],
    ['scenario smoke --driver dokcer', ['--driver: found "dokcer"', 'docker or process', 'Did you mean "docker"?']],
    ['scenario smoke --metrics-port 65536', ['--metrics-port: found "65536"', 'from 1 to 65535']],
    ['scenario smoke --workers 0', ['--workers: found "0"']],
    ['scenario smoke --load nome', ['--load: found "nome"; allowed is none', 'Did you mean "none"?']],
    ['k6', ['k6 expects one scenario, such as steady; found nothing']],
    ['k6 steady smoke', ['found "steady", "smoke"']],
    ['k6 steady --seed 7', ['--seed is not a flag', '--help']],
    ['scenario smoke --out=', ['--out: found an empty value']],
    ['scenario smoke --budget lost', ['--budget: found "lost"', 'measure=limit']],
    ['scenario smoke --budget lost=', ['--budget: found "lost="']],
    ['scenario smoke --budget lost=-1', ['--budget: found "lost=-1"']],
    ['scenario smoke --budget =5', ['--budget: found "=5"']],
    ['scenario smoke --budget a.b.c=5', ['--budget: found "a.b.c=5"']],
    ['scenario smoke --redis-url localhost:6379', ['--redis-url: found a URL that begins with localhost:']],
    ['scenario smoke --redis-url 6379', ['--redis-url: found no URL', 'redis://host:port']],
    ['find-capacity', ['find-capacity expects one scenario, such as steady; found nothing']],
    ['find-capacity steady --seconds 7', ['--seconds is not a flag', '--step-seconds']],
    ['find-capacity steady --from 200 --to 100', ['--to: found "100"; allowed is a rate from that of --from on']],
    ['find-capacity steady --precision 0', ['--precision: found "0"', 'from 0.01 to 1']],
    ['scenario explore smoke', ['explore takes flags alone, found "smoke"']],
    ['scenario explore --clients 7', ['--clients is not a flag', '--runs']],
    ['scenario smoke --runs 7', ['--runs is not a flag']],
    ['scenario explore --runs 0', ['--runs: found "0"', 'from 1 to 100000']],
    ['scenario explore --seed', ['--seed needs a value']],
    ['scenario explore --shrink-minutes 1441', ['--shrink-minutes: found "1441"', 'from 0 to 1440']],
    ['check', ['check expects one run folder', 'found nothing']],
    ['scenario --list fast', ['--list: found "fast"', 'quick or full']],
    ['scenario smoke --list quick', ['--list is for the list of scenarios', '"smoke"']],
    ['scenario smoke --json', ['--json is for the list of scenarios']],
    ['scenario smoke --report html5', ['--report: found "html5"', 'junit']],
    ['check a b', ['found "a", "b"']],
    ['check a --seed 7', ['--seed is not a flag', '--help']],
  ])('%s', (line, parts) => {
    const message = messageOf(line)
    for (const part of parts) expect(message).toContain(part)
  })

  test('a password in a wrong address is not repeated', () => {
    expect(messageOf('scenario smoke --redis-url http://:secret@host')).not.toContain('secret')
  })
})

describe('--driver compose', () => {
  test('with the name of its project, for runs and for a search', () => {
    const flags = '--driver compose --compose-project chat'
    expect(parse(`scenario smoke ${flags}`)).toMatchObject({ driver: 'compose', composeProject: 'chat' })
    expect(parse(`find-capacity steady ${flags}`)).toMatchObject({ driver: 'compose', composeProject: 'chat' })
    expect(parse('scenario smoke --driver compose')).toMatchObject({ driver: 'compose', composeProject: null })
  })

  test.each(['--instances 3', '--redis-url redis://127.0.0.1:6379', '--service other'])(
    'takes a stack as it was brought up: no %s',
    flag => {
      expect(messageOf(`scenario smoke --driver compose ${flag}`)).toContain('is not for --driver compose')
    },
  )

  test('a project without it, and an exploration on it, are refused', () => {
    expect(messageOf('scenario smoke --compose-project chat')).toContain('without --driver compose')
    expect(messageOf('scenario explore --driver compose')).toContain('allowed is docker or process')
  })
})

test('where metrics are is an address, and for metrics', () => {
  expect(messageOf('scenario smoke --metrics-port 9464 --metrics-host load')).toContain('allowed is an address')
  expect(messageOf('scenario smoke --metrics-host 0.0.0.0')).toContain('needs --metrics-port')
})
