/** The key that tokens are checked with: a shared secret or a public key, never both, so that one cannot be taken for the other. */

import { createPublicKey, type KeyObject } from 'node:crypto'
import type { EnvironmentReader } from './environment.ts'

/** What a token's header may name as `alg`; see RFC 7518 section 3.1 and RFC 8037. */
export type TokenAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA'

export interface TokenKey {
  /** The secret itself, or the public key as PEM. */
  readonly key: string
  readonly isSecret: boolean
  readonly algorithms: readonly TokenAlgorithm[]
  /** `iss` and `aud` that a token must have; null where that does not matter. */
  readonly issuer: string | null
  readonly audience: string | null
}

/** RFC 7518 section 3.2: a key as long as the hash at least. */
const SECRET_BYTES_MIN = 32
const RSA_BITS_MIN = 2048

/** Null where no tokens are taken. Problems go to the reader, without the value of a secret. */
export function readTokenKey(reader: EnvironmentReader): TokenKey | null {
  const secret = reader.secret('JWT_SECRET')
  const pem = reader.secret('JWT_PUBLIC_KEY')?.replaceAll('\\n', '\n') ?? null
  const issuer = reader.secret('JWT_ISSUER')
  const audience = reader.secret('JWT_AUDIENCE')
  if (secret !== null && pem !== null) {
    reader.problems.push('JWT_SECRET and JWT_PUBLIC_KEY are both set; set the one that your tokens are signed with')
    return null
  }
  if (secret !== null) {
    if (Buffer.byteLength(secret) < SECRET_BYTES_MIN)
      reader.problems.push(`JWT_SECRET is too short; at least ${SECRET_BYTES_MIN} bytes are needed for HS256`)
    return { key: secret, isSecret: true, algorithms: ['HS256'], issuer, audience }
  }
  if (pem === null) {
    if (issuer !== null || audience !== null)
      reader.problems.push('JWT_ISSUER and JWT_AUDIENCE need JWT_SECRET or JWT_PUBLIC_KEY')
    return null
  }
  const algorithm = algorithmOf(pem)
  if (algorithm === null) {
    reader.problems.push(
      `JWT_PUBLIC_KEY is not a public key in PEM; allowed are RSA with ${RSA_BITS_MIN} bits or more (RS256), EC on P-256 (ES256) and Ed25519 (EdDSA)`,
    )
    return null
  }
  return { key: pem, isSecret: false, algorithms: [algorithm], issuer, audience }
}

function algorithmOf(pem: string): TokenAlgorithm | null {
  // A private key would do too, since the public one follows from it; but it has no business here.
  if (!/^-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem.trim())) return null
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    return null
  }
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN) return 'RS256'
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return null
}
