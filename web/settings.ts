/**
 * What the front end is told by environment variables: read on the server, when it runs, never when it is built. Nothing here goes to the
 * browser but what {@link pageSettings} picks. docs/front-end.md has the table.
 */

import { type Environment, EnvironmentReader } from '../service/environment.ts'
import { WEBSOCKET_PATH } from '../service/protocol.ts'
import { readSigningKey, type SigningKey } from './sign-in/signing-key.ts'

/** What the page is given, as JSON in the element `#settings`. */
export interface PageSettings {
  /** WebSocket endpoints of the instances, or of the balancer before them, one of which is tried after the other; ws: or wss:. */
  readonly webSocketUrls: readonly string[]
  /** Whether somebody may come in under a name of his own choice. Else a token is asked for at `tokenUrl`. */
  readonly guestsAllowed: boolean
  /** Where the page asks for a token: a path of this server, or a URL. */
  readonly tokenUrl: string
  /** The demo's control server, such as http://127.0.0.1:34567; null outside `npm run demo`. */
  readonly demoUrl: string | null
}

/** `demo`: everybody gets a token for the name that he gives. `session`: `web/sign-in/session.ts` decides. */
export type SignInMode = 'demo' | 'session'

export interface ServerSettings extends PageSettings {
  readonly signIn: SignInMode
  /** Signs the tokens of this server; null where it makes none. */
  readonly signingKey: SigningKey | null
  /** From its making to its end. */
  readonly tokenSeconds: number
}

/** The service as `npm start` runs it. */
const DEVELOPMENT_URL = `ws://127.0.0.1:8080${WEBSOCKET_PATH}`
const OWN_TOKEN_URL = '/api/token'
const HOUR_SECONDS = 3600

/** A variable cannot be used: the server does not start. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Reads the variables, or throws a {@link SettingsError} that names all that cannot be used. In development the service on this machine is the default. */
export function readSettings(environment: Environment): ServerSettings {
  const reader = new EnvironmentReader(environment)
  const isDevelopment = environment.NODE_ENV !== 'production'
  const webSocketUrls = reader.list('TUESDAY_WS_URLS', isWebSocketUrl, 'an address like wss://chat.example.org/ws')
  const guests = reader.text('TUESDAY_GUESTS', isDevelopment ? 'allow' : 'deny', /^(allow|deny)$/, 'allow or deny')
  const settings: ServerSettings = {
    webSocketUrls: webSocketUrls.length === 0 && isDevelopment ? [DEVELOPMENT_URL] : webSocketUrls,
    guestsAllowed: guests === 'allow',
    tokenUrl: reader.text('TUESDAY_TOKEN_URL', OWN_TOKEN_URL, HTTP_ADDRESS, 'a path like /api/token, or http(s)://…'),
    demoUrl: reader.text('TUESDAY_DEMO_URL', null, LOOPBACK_URL, 'http://127.0.0.1:port'),
    signIn: reader.text('TUESDAY_SIGN_IN', 'session', /^(demo|session)$/, 'demo or session') as SignInMode,
    signingKey: readSigningKey(reader),
    tokenSeconds: reader.number('TUESDAY_TOKEN_SECONDS', HOUR_SECONDS, 60, 24 * HOUR_SECONDS),
  }
  const problems = [...reader.problems]
  // Where one was given and not understood, that has been said already.
  if (problems.length === 0) problems.push(...missingIn(settings))
  if (problems.length > 0) throw new SettingsError(`The front end's settings cannot be used:\n  ${problems.join('\n  ')}`)
  return settings
}

export function pageSettings({ webSocketUrls, guestsAllowed, tokenUrl, demoUrl }: ServerSettings): PageSettings {
  return { webSocketUrls, guestsAllowed, tokenUrl, demoUrl }
}

function missingIn({ webSocketUrls, guestsAllowed, tokenUrl, signingKey, signIn }: ServerSettings): string[] {
  const problems: string[] = []
  if (webSocketUrls.length === 0) {
    problems.push(
      'TUESDAY_WS_URLS is missing: the address at which browsers reach the service, such as wss://chat.example.org/ws',
    )
  }
  if (!guestsAllowed && tokenUrl === OWN_TOKEN_URL && signingKey === null) {
    problems.push(
      'Nobody could sign in: set JWT_SECRET to that of the service, or JWT_PRIVATE_KEY to the half of its JWT_PUBLIC_KEY, or TUESDAY_TOKEN_URL to where ' +
        'tokens are made; or, for development, TUESDAY_GUESTS=allow',
    )
  }
  if (signIn === 'demo' && signingKey === null) {
    problems.push('TUESDAY_SIGN_IN=demo makes tokens, for which JWT_SECRET or JWT_PRIVATE_KEY is needed')
  }
  return problems
}

/** A semicolon or a comma would end a directive of the content-security policy. */
const HTTP_ADDRESS = /^(?:\/(?!\/)|https?:\/\/[^\s/])[^\s;,]*$/
/** The demo stops processes, so it is on this machine or nowhere. */
const LOOPBACK_URL = /^http:\/\/(?:127\.0\.0\.1|localhost):\d{1,5}$/

/** A proxy may have put a path before the service's own. A query or a semicolon has no place in the content-security policy. */
function isWebSocketUrl(item: string): boolean {
  const url = URL.parse(item)
  if (url === null || !/^wss?:\/\/[^\s;?#]+$/.test(item)) return false
  return url.pathname.endsWith(WEBSOCKET_PATH) && `${url.username}${url.password}` === ''
}
