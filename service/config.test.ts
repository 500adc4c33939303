import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const NUMBERS = [
  ['PORT', 0, 65_535],
  ['METRICS_PORT', 0, 65_535],
  ['TEXT_BYTES_MAX', 1, 1_048_576],
  ['FRAME_BYTES_MAX', 1024, 16_777_216],
  ['ROOMS_MAX', 1, 10_000],
  ['CONNECTIONS_MAX', 1, 1_000_000],
  ['CONNECTIONS_PER_USER_MAX', 1, 1_000_000],
  ['FRAMES_PER_SECOND', 1, 1_000_000],
  ['FRAMES_BURST', 1, 1_000_000],
  ['HANDSHAKE_MS', 100, 120_000],
  ['IDLE_PING_MS', 100, 600_000],
  ['IDLE_MS_MAX', 200, 3_600_000],
  ['IDEMPOTENCY_EXPIRY_SECONDS', 60, 31_622_400],
  ['IN_FLIGHT_MAX', 1, 1000],
  ['LOG_LENGTH_MAX', 1, 10_000_000],
  ['LOG_EXPIRY_SECONDS', 60, 31_622_400],
  ['SESSION_EXPIRY_SECONDS', 60, 31_622_400],
  ['REDIS_WAIT_MS', 0, 60_000],
  ['REDIS_COMMAND_MS', 10, 60_000],
  ['REDIS_PING_MS', 100, 60_000],
  ['HEARTBEAT_MS', 100, 3000],
  ['SLOW_READER_BYTES_MAX', 65_536, 1_073_741_824],
  ['DRAIN_NOTICE_MS', 0, 60_000],
  ['DRAIN_SPREAD_MS', 0, 60_000],
  ['DRAIN_MS_MAX', 100, 600_000],
] as const

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message.split('\n').slice(1)
  }
  return []
}

describe('readConfig', () => {
  it('has defaults that are safe: nobody without a token, on this machine only', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      ...{ host: '127.0.0.1', port: 8080, metricsHost: '127.0.0.1', metricsPort: 9090 },
      ...{ redisUrl: 'redis://127.0.0.1:6379', guestsAllowed: false, logLevel: 'info' },
      limits: { textBytesMax: 8192, frameBytesMax: 65_536, roomsMax: 100, inFlightMax: 32 },
      ...{ drainNoticeMs: 0, drainSpreadMs: 5000, drainMsMax: 20_000 },
      ...{ tokenKey: null, origins: [], trustedProxies: [] },
    })
    expect(config.instance).not.toBe('')
    expect(config.heartbeatMs).toBeLessThanOrEqual(3000)
  })

  it('takes an empty value for a missing one', () => {
    const empty = Object.fromEntries(
      [...NUMBERS.map(([name]) => name), 'HOST', 'REDIS_URL', 'GUESTS'].map(name => [name, '']),
    )
    expect(readConfig(empty)).toEqual(readConfig({}))
  })

  it.each(NUMBERS)('takes %s from %d to %d and nothing else', (name, min, max) => {
    // What has to be larger or smaller than the one in question makes room.
    const room: Record<string, string> = {
      ...(name === 'FRAME_BYTES_MAX' ? { TEXT_BYTES_MAX: '1' } : { FRAME_BYTES_MAX: '16777216' }),
      ...(name === 'FRAMES_BURST' ? {} : { FRAMES_BURST: '1000000' }),
      ...(name === 'IDLE_MS_MAX' ? { IDLE_PING_MS: '100' } : { IDLE_MS_MAX: '3600000' }),
      ...(name === 'DRAIN_MS_MAX' ? { DRAIN_SPREAD_MS: '0' } : { DRAIN_MS_MAX: '600000' }),
    }
    // A burst holds one room and one send at least.
    if (name === 'FRAMES_BURST') Object.assign(room, { ROOMS_MAX: '1', IN_FLIGHT_MAX: '1' })
    const least = name === 'FRAMES_BURST' ? 2 : min
    for (const good of [least, max]) expect(problemsOf({ ...room, [name]: String(good) })).toEqual([])
    for (const bad of [String(min - 1), String(max + 1), 'x', '1.5', '-1', 'NaN', 'Infinity', ' ', '1 s', '0x1F']) {
      const problems = problemsOf({ ...room, [name]: bad })
      expect([bad, problems.length]).toEqual([bad, 1])
      expect(problems[0]).toContain(`${name} is "${bad}"`)
      expect(problems[0]).toContain(`from ${min} to ${max}`)
    }
  })

  it.each([
    ['INSTANCE_NAME', ['a b', 'x'.repeat(65), 'a/b', 'ä']],
    ['HOST', ['a b', ' ']],
    ['METRICS_HOST', ['a b', ' ']],
    ['REDIS_URL', ['127.0.0.1:6379', 'http://x', 'redis://', 'redis://a b', 'REDIS://x']],
    ['LOG_LEVEL', ['verbose', 'INFO', 'info ']],
    ['GUESTS', ['yes', 'true', '1', 'ALLOW']],
    ['ORIGINS', ['chat.example.org', 'https://chat.example.org/', 'https://a b', 'https://a,', 'ftp://a', '**']],
    [
      'TRUSTED_PROXIES',
      ['yes', 'true', '10.0.0.0/8,everybody', '10.0.0.1;10.0.0.2', '999.0.0.1', '10.0.0.0/33', '::1/129'],
    ],
  ])('names %s, what was found and what is allowed', (name, values) => {
    for (const value of values) {
      const problems = problemsOf({ [name]: value })
      expect([value, problems.length]).toEqual([value, 1])
      expect(problems[0]).toContain(`${name} is "${value}"`)
      expect(problems[0]).toContain('allowed is')
    }
  })

  it('tells nobody a password', () => {
    const [problem] = problemsOf({ REDIS_URL: 'redis://user:hunter2@h:1/0 ' })
    expect(problem).toContain('REDIS_URL is "redis://…@h:1/0 "')
    expect(problem).not.toContain('hunter2')
  })

  it('takes values', () => {
    const environment = {
      INSTANCE_NAME: 'chat-1',
      GUESTS: 'allow',
      REDIS_URL: 'rediss://u:p@h:1/0',
      LOG_EXPIRY_SECONDS: '60',
    }
    expect(readConfig(environment)).toMatchObject({
      ...{ instance: 'chat-1', guestsAllowed: true, redisUrl: 'rediss://u:p@h:1/0', logExpiryMs: 60_000 },
    })
  })

  it('names every problem at once', () => {
    const problems = problemsOf({ PORT: 'x', GUESTS: 'maybe', HEARTBEAT_MS: '99', REDIS_URL: 'nowhere' })
    expect(problems.map(line => line.trim().split(' ')[0])).toEqual(['PORT', 'REDIS_URL', 'GUESTS', 'HEARTBEAT_MS'])
  })

  it('refuses values that are allowed each by itself and not together', () => {
    const [idle, burst, drain] = ['IDLE_MS_MAX', 'FRAMES_BURST', 'DRAIN_MS_MAX'].map(name => [
      expect.stringMatching(`^ +${name} is too s`),
    ])
    expect(problemsOf({ IDLE_MS_MAX: '2000', IDLE_PING_MS: '1001' })).toEqual(idle)
    expect(problemsOf({ IDLE_MS_MAX: '2000', IDLE_PING_MS: '1000' })).toEqual([])
    expect(problemsOf({ FRAMES_BURST: '131' })).toEqual(burst)
    expect(problemsOf({ FRAMES_BURST: '132' })).toEqual([])
    expect(problemsOf({ DRAIN_NOTICE_MS: '3000', DRAIN_SPREAD_MS: '5000', DRAIN_MS_MAX: '8000' })).toEqual(drain)
    expect(problemsOf({ DRAIN_NOTICE_MS: '3000', DRAIN_SPREAD_MS: '5000', DRAIN_MS_MAX: '8001' })).toEqual([])
  })

  it('takes lists', () => {
    const environment = { ORIGINS: 'https://a.example, http://b.example:8080', TRUSTED_PROXIES: 'loopback,10.0.0.0/8' }
    expect(readConfig(environment)).toMatchObject({
      origins: ['https://a.example', 'http://b.example:8080'],
      trustedProxies: ['loopback', '10.0.0.0/8'],
    })
  })

  it('refuses texts that cannot fit into a frame', () => {
    const problem = [expect.stringContaining('FRAME_BYTES_MAX is too small for TEXT_BYTES_MAX')]
    expect(problemsOf({ TEXT_BYTES_MAX: '70000' })).toEqual(problem)
    expect(problemsOf({ TEXT_BYTES_MAX: '10837' })).toEqual([])
    expect(problemsOf({ TEXT_BYTES_MAX: '10838' })).toEqual(problem)
  })

  it('has a default frame for the longest default text, whatever is in it', () => {
    const { textBytesMax, frameBytesMax } = readConfig({}).limits
    const text = '\u0001'.repeat(textBytesMax)
    const send = { type: 'send', room: 'r'.repeat(64), session: `${'s'.repeat(32)}.999999999`, n: 2 ** 53, text }
    expect(JSON.stringify(send).length).toBeLessThanOrEqual(frameBytesMax)
  })
})
