/**
 * Signs the token with which the page comes to the service: `POST /api/token {"name"?: string}` → `{token, user, expiresAtMs}`, or
 * `{error, message}`. Who asks is decided in `web/sign-in/session.ts`, which is yours to replace. docs/front-end.md tells the whole of it.
 */

import { readSettings } from '../../../settings.ts'
import { sessionOf } from '../../../sign-in/session.ts'
import { answerTokenRequest } from '../../../sign-in/token-answer.ts'

export async function POST(request: Request): Promise<Response> {
  return answerTokenRequest(request, readSettings(process.env), sessionOf, Date.now())
}
