/** The headers that every page is sent with: what it may load, whom it may talk to, who may frame it. */

import type { PageSettings } from '../settings.ts'

export interface PolicyOptions {
  /** Base64 of 16 random bytes or more, new for each answer. Scripts and styles without it are not run. */
  readonly nonce: string
  readonly settings: Pick<PageSettings, 'webSocketUrls' | 'tokenUrl' | 'demoUrl'>
  /** Next's development server evaluates code, writes styles without a nonce, and has a socket of its own. */
  readonly isDevelopment: boolean
}

/** The value of `Content-Security-Policy`; see https://www.w3.org/TR/CSP3/. */
export function contentSecurityPolicy({ nonce, settings, isDevelopment }: PolicyOptions): string {
  const directives: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'none'"],
    // What a script with the nonce loads may run too, which is how Next loads its chunks.
    'script-src': [`'nonce-${nonce}'`, "'strict-dynamic'", ...(isDevelopment ? ["'unsafe-eval'"] : [])],
    'style-src': ["'self'", isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`],
    // Attributes alone, which React writes into the first HTML: the height of a list, say. They can load nothing from elsewhere.
    'style-src-attr': ["'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...addressesOf(settings)],
    'manifest-src': ["'self'"],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

/** Everything besides the policy, the same for all answers. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // A room's name stands in the address.
  'referrer-policy': 'no-referrer',
  'permissions-policy': [
    ...['accelerometer', 'autoplay', 'camera', 'display-capture', 'fullscreen', 'geolocation', 'gyroscope', 'hid'],
    ...['magnetometer', 'microphone', 'midi', 'payment', 'publickey-credentials-get', 'serial', 'usb'],
  ]
    .map(feature => `${feature}=()`)
    .join(', '),
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
}

/** The endpoints as they stand, and the origins of what is asked over HTTP: older messages where the sockets are, tokens, the demo. */
function addressesOf({ webSocketUrls, tokenUrl, demoUrl }: PolicyOptions['settings']): string[] {
  const asked = [...webSocketUrls.map(url => url.replace(/^ws/, 'http')), tokenUrl, demoUrl]
  // A path of this server is 'self' already.
  const origins = asked.filter(url => url !== null && URL.canParse(url)).map(url => new URL(url!).origin)
  return [...new Set([...webSocketUrls, ...origins])]
}
