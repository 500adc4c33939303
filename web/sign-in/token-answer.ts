/** `POST /api/token`: from the request to its answer. The session check is a parameter, so that it can be replaced. */

import type { ServerSettings } from '../settings.ts'
import type { Session, SessionQuestion, SessionRefusal } from './session.ts'
import { sessionProblem, signToken } from './sign-token.ts'

/** Why there is no token: `{"error": code, "message": string}`. */
export const TOKEN_ERRORS = {
  'bad-request': { status: 400, why: 'the body is not JSON like {"name": "ann"}' },
  'bad-name': { status: 400, why: 'the name is not one that the service takes' },
  'signed-out': { status: 401, why: 'nobody is signed in' },
  'foreign-page': { status: 403, why: 'a page of another site has asked' },
  // Not 5xx, after which the page would ask again.
  'not-set-up': { status: 403, why: 'this server makes no tokens' },
  'body-too-long': { status: 413, why: 'the body is longer than a name can be' },
} as const satisfies Record<string, { status: number; why: string }>

export type TokenErrorCode = keyof typeof TOKEN_ERRORS

/** 200, with the user, since a session may know him under another name than the page asked for. */
export interface TokenBody {
  readonly token: string
  readonly user: string
  /** Unix milliseconds. */
  readonly expiresAtMs: number
}

export interface TokenErrorBody {
  readonly error: TokenErrorCode
  /** For the person, who may show it to whoever runs the server. */
  readonly message: string
}

export type TokenSettings = Pick<ServerSettings, 'signIn' | 'signingKey' | 'tokenSeconds'>

const BODY_BYTES_MAX = 1024

export async function answerTokenRequest(
  request: Request,
  settings: TokenSettings,
  sessionOf: (question: SessionQuestion) => Promise<Session | SessionRefusal>,
  nowMs: number,
): Promise<Response> {
  const { signingKey, signIn, tokenSeconds } = settings
  if (signingKey === null) {
    return refuse('not-set-up', 'This server makes no tokens: neither JWT_SECRET nor JWT_PRIVATE_KEY is set.')
  }
  // Cookies go along with what pages of other sites send. Browsers say so in this header; who is not a browser has no cookies of anybody.
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin'
  if (site !== 'same-origin') return refuse('foreign-page', 'Tokens are for pages of this server alone.')

  const text = await shortText(request.body)
  if (text === null) return refuse('body-too-long', `The body may have ${BODY_BYTES_MAX} bytes.`)
  const name = nameIn(text)
  if (name === undefined) return refuse('bad-request', 'The body has to be JSON like {"name": "ann"}, or {}.')

  const session = await sessionOf({ request, name, signIn })
  if ('refusal' in session) return refuse(session.refusal, session.message)
  const problem = sessionProblem(session)
  if (problem !== null) return refuse('bad-name', problem)
  const signed = await signToken(session, signingKey, { tokenSeconds, nowMs })
  return answer(200, { ...signed, user: session.user } satisfies TokenBody)
}

/** Null where it is longer than it may be; the rest is not read then. */
async function shortText(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (body === null) return ''
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(parts).toString('utf8')
    parts.push(value)
    bytes += value.length
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel()
      return null
    }
  }
}

/** Null: none was asked for. Undefined: the text is not of that form. */
function nameIn(text: string): string | null | undefined {
  if (text === '') return null
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const { name = null } = body as { name?: unknown }
  return name === null || typeof name === 'string' ? name : undefined
}

function refuse(error: TokenErrorCode, message: string): Response {
  return answer(TOKEN_ERRORS[error].status, { error, message } satisfies TokenErrorBody)
}

/** Kept by nobody on the way. */
function answer(status: number, body: TokenBody | TokenErrorBody): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}
