/** Checks the signature and the claims of tokens (JWT, RFC 7519), by @fastify/jwt. */

import jwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { TokenKey } from './token-key.ts'

type Claims = Readonly<Record<string, unknown>>

/** Answers a function that gives a token's claims, and throws where the token is not good; null where no tokens are taken. */
export async function takeTokens(
  server: FastifyInstance,
  tokenKey: TokenKey | null,
): Promise<((token: string) => Claims) | null> {
  if (tokenKey === null) return null
  const { key, isSecret, algorithms, issuer, audience } = tokenKey
  // A claim is checked only where it is there, so it has to be.
  const requiredClaims = ['sub', 'exp', ...(issuer === null ? [] : ['iss']), ...(audience === null ? [] : ['aud'])]
  await server.register(jwt, {
    secret: isSecret ? key : { public: key },
    // The algorithm is this key's, whatever a token says of itself (RFC 8725 section 3.1).
    verify: {
      algorithms: [...algorithms],
      requiredClaims,
      ...(issuer === null ? {} : { allowedIss: issuer }),
      ...(audience === null ? {} : { allowedAud: audience }),
    },
  })
  return token => server.jwt.verify<Record<string, unknown>>(token)
}
