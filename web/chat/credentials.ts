/** Who the person is to the service: a guest with a name, or the bearer of a token. */

import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../service/protocol.ts'
import type { PageSettings } from '../settings.ts'

export type Credentials = { readonly guest: string } | { readonly token: string }

/** The token endpoint has said no; asking again the same way does not help. The message is for the person. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
}

/**
 * A guest's name, or a fresh token for it: `POST <tokenUrl>` with `{"name": string}` answers `{"token": string}`.
 * @throws SignInRefused, or another Error where the endpoint cannot be reached now
 */
export async function signIn(
  name: string,
  settings: Pick<PageSettings, 'guestsAllowed' | 'tokenUrl'>,
  request: typeof fetch = fetch,
): Promise<Credentials> {
  if (settings.guestsAllowed) return { guest: name }
  const response = await request(settings.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  const answer = (await response.json().catch(() => null)) as { token?: unknown; message?: unknown } | null
  if (response.ok && typeof answer?.token === 'string') return { token: answer.token }
  const why = typeof answer?.message === 'string' ? answer.message : `the sign-in answered ${response.status}`
  if (response.status >= 500 || response.status === 429) throw new Error(why)
  throw new SignInRefused(why)
}

/** What `new WebSocket` is given. */
export function socketArguments(address: string, credentials: Credentials): { url: string; protocols: string[] } {
  const url = new URL(address)
  if ('token' in credentials)
    return { url: url.href, protocols: [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + credentials.token] }
  url.searchParams.set('guest', credentials.guest)
  return { url: url.href, protocols: [SUBPROTOCOL] }
}
