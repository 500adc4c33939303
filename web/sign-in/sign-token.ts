/** Makes the tokens (JWT, RFC 7519) that the service takes; `service/door.ts` says what has to be in them. */

import { SignJWT } from 'jose'
import { GUEST_PREFIX, ROOM_PATTERN, USER_PATTERN } from '../../service/protocol.ts'
import type { Session } from './session.ts'
import type { SigningKey } from './signing-key.ts'

export interface SignedToken {
  readonly token: string
  /** When the service closes its sockets with 4401, Unix milliseconds. */
  readonly expiresAtMs: number
}

/** What the service would refuse, said before it does. Null where all is well. */
export function sessionProblem({ user, rooms }: Session): string | null {
  if (!USER_PATTERN.test(user) || user.startsWith(GUEST_PREFIX)) {
    return `A name has 1 to 64 letters, digits and . _ ~ @ -, with a letter or digit first, and does not begin with "${GUEST_PREFIX}".`
  }
  const wrong = rooms?.find(room => !ROOM_PATTERN.test(room))
  return wrong === undefined ? null : `"${wrong}" cannot be the name of a room.`
}

/** `nowMs` are Unix milliseconds. The session is without {@link sessionProblem}. */
export async function signToken(
  { user, rooms }: Session,
  { key, algorithm, issuer, audience }: SigningKey,
  { tokenSeconds, nowMs }: { readonly tokenSeconds: number; readonly nowMs: number },
): Promise<SignedToken> {
  const issuedAt = Math.floor(nowMs / 1000)
  const expiresAt = issuedAt + tokenSeconds
  const claims = new SignJWT(rooms === null ? {} : { rooms: [...rooms] })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
  if (issuer !== null) claims.setIssuer(issuer)
  if (audience !== null) claims.setAudience(audience)
  return { token: await claims.sign(key), expiresAtMs: expiresAt * 1000 }
}
