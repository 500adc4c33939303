/** The key that tokens are signed with: the service's own secret, or the private half of its public key. */

import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { EnvironmentReader } from '../../service/environment.ts'

/** `alg` in a token's header, as `service/token-key.ts` takes it. */
export type SigningAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA'

export interface SigningKey {
  readonly key: KeyObject
  readonly algorithm: SigningAlgorithm
  /** `iss` and `aud` of the tokens; null where the service does not ask for them. */
  readonly issuer: string | null
  readonly audience: string | null
}

/** RFC 7518 section 3.2: as long as the hash at least. The service takes no shorter one either. */
const SECRET_BYTES_MIN = 32
const RSA_BITS_MIN = 2048

/** Null where none is set. Problems go to the reader, without the value of a secret. */
export function readSigningKey(reader: EnvironmentReader): SigningKey | null {
  const secret = reader.secret('JWT_SECRET')
  const pem = reader.secret('JWT_PRIVATE_KEY')?.replaceAll('\\n', '\n') ?? null
  const claims = { issuer: reader.secret('JWT_ISSUER'), audience: reader.secret('JWT_AUDIENCE') }
  if (secret !== null && pem !== null) {
    reader.problems.push('JWT_SECRET and JWT_PRIVATE_KEY are both set; set the one whose tokens the service takes')
    return null
  }
  if (secret !== null) {
    if (Buffer.byteLength(secret) >= SECRET_BYTES_MIN) {
      return { key: createSecretKey(Buffer.from(secret)), algorithm: 'HS256', ...claims }
    }
    reader.problems.push(`JWT_SECRET is too short; at least ${SECRET_BYTES_MIN} bytes are needed for HS256`)
    return null
  }
  if (pem === null) return null
  const found = privateKey(pem)
  if (found !== null) return { ...found, ...claims }
  reader.problems.push(
    `JWT_PRIVATE_KEY is not a private key in PEM; allowed are RSA with ${RSA_BITS_MIN} bits or more (RS256), EC on P-256 (ES256) and Ed25519 (EdDSA)`,
  )
  return null
}

function privateKey(pem: string): Pick<SigningKey, 'key' | 'algorithm'> | null {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    return null
  }
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN) return { key, algorithm: 'RS256' }
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return { key, algorithm: 'ES256' }
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithm: 'EdDSA' }
  return null
}
