import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { EnvironmentReader } from './environment.ts'
import { readTokenKey } from './token-key.ts'

const SECRET = 'a secret of at least 32 bytes, yes'

function read(environment: Record<string, string>) {
  const reader = new EnvironmentReader(environment)
  return { key: readTokenKey(reader), problems: reader.problems }
}

function pemOf(
  key: { export(options: { type: 'spki' | 'pkcs8'; format: 'pem' }): string | Buffer },
  type: 'spki' | 'pkcs8',
) {
  return String(key.export({ type, format: 'pem' }))
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')

describe('the key of the tokens', () => {
  it('is none where none is set', () => {
    expect(read({})).toEqual({ key: null, problems: [] })
  })

  it('is a secret, for HS256 and nothing else', () => {
    expect(read({ JWT_SECRET: SECRET, JWT_ISSUER: 'me', JWT_AUDIENCE: 'chat' })).toEqual({
      key: { key: SECRET, isSecret: true, algorithms: ['HS256'], issuer: 'me', audience: 'chat' },
      problems: [],
    })
  })

  it.each([
    ['RS256', rsa.publicKey],
    ['ES256', ec.publicKey],
    ['EdDSA', ed.publicKey],
  ] as const)('is a public key, for %s and nothing else, on one line too', (algorithm, publicKey) => {
    const pem = pemOf(publicKey, 'spki')
    for (const written of [pem, pem.replaceAll('\n', '\\n')]) {
      const { key, problems } = read({ JWT_PUBLIC_KEY: written })
      expect(problems).toEqual([])
      expect(key).toMatchObject({ isSecret: false, algorithms: [algorithm], key: pem })
    }
  })

  it.each([
    ['nonsense', 'nonsense'],
    ['a private key', pemOf(ec.privateKey, 'pkcs8')],
    ['a short RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'spki')],
    ['another curve', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey, 'spki')],
    ['a key for nothing', pemOf(generateKeyPairSync('x25519').publicKey, 'spki')],
    ['half a key', pemOf(ec.publicKey, 'spki').slice(0, 60)],
  ])('is not %s', (_what, pem) => {
    const { key, problems } = read({ JWT_PUBLIC_KEY: pem })
    expect(key).toBeNull()
    expect(problems).toEqual([expect.stringContaining('JWT_PUBLIC_KEY is not a public key in PEM; allowed are')])
  })

  it('says nothing of a secret in a complaint', () => {
    const { problems } = read({ JWT_SECRET: 'hunter2' })
    expect(problems).toEqual([expect.stringContaining('JWT_SECRET is too short')])
    expect(problems.join()).not.toContain('hunter2')
  })

  it('is not both, and issuer and audience are nothing without it', () => {
    const both = read({ JWT_SECRET: SECRET, JWT_PUBLIC_KEY: pemOf(ec.publicKey, 'spki') })
    expect(both).toEqual({ key: null, problems: [expect.stringContaining('both set')] })
    expect(read({ JWT_ISSUER: 'me' }).problems).toHaveLength(1)
  })
})
