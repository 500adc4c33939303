/**
 * Runs before each page: a fresh nonce, and the headers of `security/headers.ts`. Next finds the nonce in the request's own policy and puts it into
 * every script and style that it writes. `proxy` is Next 16's name for what was `middleware`; it runs in Node.
 */

import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { contentSecurityPolicy, SECURITY_HEADERS } from './security/headers.ts'
import { readSettings } from './settings.ts'

const NONCE_BYTES = 16

export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  const isDevelopment = process.env.NODE_ENV !== 'production'
  const policy = contentSecurityPolicy({ nonce, settings: readSettings(process.env), isDevelopment })
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  // For pages that write a script or style themselves.
  headers.set('x-nonce', nonce)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value)
  return response
}

/** Files that were made at build time bear no policy, and a question after health needs none. */
export const config = { matcher: ['/((?!_next/static/|healthz$).*)'] }
