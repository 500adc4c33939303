/** Test support: tokens as an application's own server makes them. */

import { createHmac, createSign, type KeyObject, sign as signEd } from 'node:crypto'

export const TEST_SECRET = 'a secret of the tests, long enough for HS256'

export type Claims = Readonly<Record<string, unknown>>

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Valid for a minute, unless the claims say otherwise. */
function claimsOf(claims: Claims): Claims {
  return { sub: 'ann', exp: Math.floor(Date.now() / 1000) + 60, ...claims }
}

/** Signed with the secret by HS256, whatever `header` says. */
export function tokenOf(claims: Claims = {}, secret: string = TEST_SECRET, header: Claims = {}): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(claimsOf(claims))}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Signed with a private key. */
export function publicKeyTokenOf(algorithm: 'RS256' | 'ES256' | 'EdDSA', privateKey: KeyObject): string {
  const signed = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claimsOf({}))}`
  const signature =
    algorithm === 'EdDSA'
      ? signEd(null, Buffer.from(signed), privateKey)
      : createSign('sha256').update(signed).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** What a client offers in the handshake. */
export function offerOf(token: string): { query: string; subprotocols: string[] } {
  return { query: '', subprotocols: ['tuesday.v1', `token.${token}`] }
}
