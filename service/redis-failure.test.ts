import { describe, expect, it } from 'vitest'
import { failureOf, tlsOptionsOf } from './redis-failure.ts'

const PLAIN = 'redis://127.0.0.1:6379'
const TLS = 'rediss://default:secret@host.example:6379'

const error = (message: string, code?: string) => Object.assign(new Error(message), code === undefined ? {} : { code })

describe('a failure of the connection to Redis', () => {
  it.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', /REDIS_URL.*password/],
    ['ERR invalid password', /REDIS_URL.*password/],
    ['NOAUTH HELLO must be called with the client already authenticated', /wants a password/],
    ["NOPERM User tuesday has no permissions to run the 'script|load' command", /docs\/upstash\.md/],
    ["ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:1.", /upstash/],
  ])('is a refusal where Redis says "%s"', (reason, advice) => {
    for (const wasUsable of [false, true]) {
      const failure = failureOf(error(reason), TLS, wasUsable)
      expect(failure).toEqual({ reason, advice: expect.stringMatching(advice), isRefusal: true })
    }
  })

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /clock/],
    ['CERT_NOT_YET_VALID', /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /REDIS_URL.*names/],
  ])('is a refusal where the certificate is not accepted: %s', (code, advice) => {
    const failure = failureOf(error('as OpenSSL says it', code), TLS, true)
    expect(failure).toEqual({
      reason: `${code}: as OpenSSL says it`,
      advice: expect.stringMatching(advice),
      isRefusal: true,
    })
  })

  it.each([
    ['getaddrinfo ENOTFOUND host.example', 'ENOTFOUND', TLS, /no such host/],
    ['write ECONNRESET', 'ECONNRESET', PLAIN, /rediss:\/\//],
    ['connect ETIMEDOUT', 'ETIMEDOUT', TLS, /needs redis:\/\//],
    ['wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER', TLS, /needs redis:\/\//],
  ])('may come from a wrong address, as long as it has never worked: %s', (message, code, url, advice) => {
    expect(failureOf(error(message, code), url, false)).toMatchObject({
      advice: expect.stringMatching(advice),
      isRefusal: false,
    })
    expect(failureOf(error(message, code), url, true)).toMatchObject({ advice: null, isRefusal: false })
  })

  it.each([
    ['ERR max number of clients reached', /two/],
    ['ERR max concurrent connections exceeded', /two/],
    ['ERR max requests limit exceeded', /used up/],
    ['ERR max daily request limit exceeded', /used up/],
  ])('comes from a limit that may pass: %s', (message, advice) => {
    expect(failureOf(error(message), TLS, true)).toMatchObject({
      advice: expect.stringMatching(advice),
      isRefusal: false,
    })
  })

  it.each([
    ['connect ECONNREFUSED 127.0.0.1:6379', 'ECONNREFUSED', PLAIN],
    ['read ECONNRESET', 'ECONNRESET', TLS],
    ['connect ETIMEDOUT', 'ETIMEDOUT', PLAIN],
    ['Redis is loading its data', undefined, PLAIN],
    ["OOM command not allowed when used memory > 'maxmemory'.", undefined, PLAIN],
  ])('goes away by itself: %s', (message, code, url) => {
    expect(failureOf(error(message, code), url, false)).toEqual({ reason: message, advice: null, isRefusal: false })
  })
})

describe('what TLS is told', () => {
  it('is the name of the host, which an address is not, and nothing for a plain connection', () => {
    expect(tlsOptionsOf(TLS)).toEqual({ servername: 'host.example' })
    expect(tlsOptionsOf('rediss://:secret@127.0.0.1:6379')).toEqual({})
    expect(tlsOptionsOf('rediss://[::1]:6379')).toEqual({})
    expect(tlsOptionsOf(PLAIN)).toBe(undefined)
  })
})
