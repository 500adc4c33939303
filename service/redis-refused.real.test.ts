/** A Redis that cannot be used as it was configured: the operator is told once what to check, and the instance waits for it to be mended. */

import { readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FailureLog } from './redis-failure.ts'
import { RedisLink } from './redis-link.ts'
import { TestClient } from './test-client.ts'
import { type Environment, stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { type Certificates, HostedRedis, makeCertificates, SERVICE } from './test-hosted-redis.ts'

let hosted: HostedRedis

beforeAll(async () => {
  hosted = await HostedRedis.start(['~tuesday:*', '&tuesday:*', '+@all', '-xadd'])
})
afterEach(stopEverything)
afterAll(() => hosted?.stop())

interface LogLine {
  readonly level: number
  readonly reason?: string
  readonly advice?: string
}

/** What it logged so far. Throws where something is not a line of JSON, as a stack trace is not. */
function linesOf(instance: TestInstance): LogLine[] {
  return instance.output
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

const adviceOf = (instance: TestInstance) => linesOf(instance).filter(({ advice }) => advice !== undefined)

interface Mistake {
  readonly what: string
  readonly url: () => string | Promise<string>
  readonly environment?: () => Environment
  readonly reason: RegExp
  readonly advice: RegExp
}

const trusting = () => hosted.environment

const MISTAKES: readonly Mistake[] = [
  {
    what: 'a wrong password',
    url: () => hosted.urlOf(SERVICE.user, 'not-the-password'),
    environment: trusting,
    reason: /WRONGPASS/,
    advice: /REDIS_URL.*user.*password/,
  },
  {
    what: 'no password',
    url: () => `rediss://127.0.0.1:${hosted.port}`,
    environment: trusting,
    reason: /NOAUTH/,
    advice: /REDIS_URL.*wants a password/,
  },
  {
    what: 'an authority that is not known',
    url: () => hosted.url,
    reason: /^UNABLE_TO_VERIFY_LEAF_SIGNATURE|^SELF_SIGNED/,
    advice: /NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'a plain URL for a server that speaks TLS',
    url: () => hosted.url.replace('rediss:', 'redis:'),
    reason: /ECONNRESET/,
    advice: /rediss:\/\//,
  },
  {
    what: 'a TLS URL for a server that does not',
    url: async () => (await TestRedis.start()).url.replace('redis:', 'rediss:'),
    reason: /ETIMEDOUT/,
    advice: /needs redis:\/\//,
  },
]

/** Speaks TLS and nothing else. */
class TlsServer implements AsyncDisposable {
  readonly certificates: Certificates
  readonly #server: Server
  readonly #sockets = new Set<TLSSocket>()

  private constructor(names: readonly string[], onName: (name: string) => void) {
    this.certificates = makeCertificates(names)
    const [key, cert] = [this.certificates.keyPath, this.certificates.certificatePath].map(path => readFileSync(path))
    const SNICallback = (name: string, done: (error: null) => void) => {
      onName(name)
      done(null)
    }
    this.#server = createServer({ key, cert, SNICallback })
    this.#server.on('secureConnection', socket => this.#sockets.add(socket.on('error', () => {})))
    this.#server.on('tlsClientError', () => {})
  }

  static async listen(names: readonly string[], onName: (name: string) => void = () => {}): Promise<TlsServer> {
    const server = new TlsServer(names, onName)
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    rmSync(this.certificates.folder, { recursive: true })
  }
}

describe('an instance whose Redis refuses it', () => {
  it.each(MISTAKES)('because of $what says once what to check, and is not ready', mistake => expectAdvice(mistake))

  it('because of a certificate for another host says once what to check, and is not ready', async () => {
    await using server = await TlsServer.listen(['DNS:elsewhere.example'])
    await expectAdvice({
      what: 'a certificate for another host',
      url: () => `rediss://127.0.0.1:${server.port}`,
      environment: () => ({ NODE_EXTRA_CA_CERTS: server.certificates.authorityPath }),
      reason: /ERR_TLS_CERT_ALTNAME_INVALID/,
      advice: /REDIS_URL.*names/,
    })
  })

  async function expectAdvice(mistake: Mistake): Promise<void> {
    const environment = { DRAIN_SPREAD_MS: '0', ...mistake.environment?.() }
    const instance = await TestInstance.spawn('refused', await mistake.url(), environment)
    await until('it has said what to check', () => adviceOf(instance).length > 0)
    expect(await instance.statusOf('/healthz')).toBe(200)
    expect(await instance.statusOf('/readyz')).toBe(503)
    instance.signal('SIGTERM')
    expect(await instance.exited).toEqual({ code: 0, signal: null })
    const [line, ...more] = adviceOf(instance)
    expect([line!.level, line!.reason, line!.advice]).toEqual([
      ...[50, expect.stringMatching(mistake.reason), expect.stringMatching(mistake.advice)],
    ])
    expect(more).toEqual([])
    for (const secret of [SERVICE.password, encodeURIComponent(SERVICE.password), 'not-the-password']) {
      expect(instance.output).not.toContain(secret)
    }
  }

  it('tries again seldom, and gets ready once the password is right', async () => {
    const user = 'late'
    await hosted.admin.acl('SETUSER', user, 'on', '>not-yet', '~tuesday:*', '&tuesday:*', '+@all')
    await hosted.admin.acl('LOG', 'RESET')
    const failedTries = async () => {
      const entries = (await hosted.admin.acl('LOG', '10')) as (string | number)[][]
      return entries.reduce((sum, entry) => sum + Number(entry[entry.indexOf('count') + 1]), 0)
    }
    const instance = await TestInstance.spawn('late', hosted.urlOf(user, 'right'), hosted.environment)
    await until('both connections were refused', async () => (await failedTries()) >= 2)
    const startMs = performance.now()
    await until('one is tried again', async () => (await failedTries()) > 2)
    expect(performance.now() - startMs).toBeGreaterThan(2000)
    await hosted.admin.acl('SETUSER', user, '>right')
    await instance.untilReady()
  })

  it('a single command says so too, and the send is refused', async () => {
    const instance = await TestInstance.start('no-xadd', hosted.url, hosted.environment)
    const ann = await TestClient.joined(instance, 'r')
    const send = () => ann.say({ room: 'r', session: 'k.1', n: 1, text: 'x' })
    for (let time = 1; time <= 3; time++) expect(await send()).toMatchObject({ type: 'reject', code: 'unavailable' })
    await until('it has said what to check', () => adviceOf(instance).length > 0)
    expect(adviceOf(instance)).toEqual([
      expect.objectContaining({ level: 50, advice: expect.stringContaining('docs/upstash.md') }),
    ])
  })
})

describe('a connection with TLS', () => {
  it('tells the server which host is wanted, since many share an address', async () => {
    const asked: string[] = []
    await using server = await TlsServer.listen(['DNS:localhost'], name => asked.push(name))
    const link = new RedisLink({
      url: `rediss://localhost:${server.port}`,
      role: 'commands',
      commandMsMax: 1000,
      pingMs: 1000,
      log: pino({ level: 'silent' }),
      failureLog: new FailureLog(pino({ level: 'silent' })),
      onConnected: () => Promise.resolve(),
    })
    try {
      await until('it is asked for a host', () => asked.length > 0)
      expect(asked[0]).toBe('localhost')
    } finally {
      link.close()
    }
  })
})
