import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, SECURITY_HEADERS } from './headers.ts'

const SETTINGS = {
  webSocketUrls: ['wss://a.example.org/ws', 'ws://127.0.0.1:8080/ws'],
  tokenUrl: '/api/token',
  demoUrl: null,
}

function directivesOf(options: Partial<Parameters<typeof contentSecurityPolicy>[0]> = {}): Map<string, string[]> {
  const policy = contentSecurityPolicy({ nonce: 'bm9uY2U=', settings: SETTINGS, isDevelopment: false, ...options })
  return new Map(policy.split('; ').map(directive => [directive.split(' ')[0]!, directive.split(' ').slice(1)]))
}

describe('the content-security policy', () => {
  it('lets the page talk to what is configured, and to nobody else', () => {
    expect(directivesOf().get('connect-src')).toEqual([
      "'self'",
      'wss://a.example.org/ws',
      'ws://127.0.0.1:8080/ws',
      'https://a.example.org',
      'http://127.0.0.1:8080',
    ])
  })

  it('names where tokens and the demo are, if that is elsewhere', () => {
    const settings = {
      webSocketUrls: ['wss://chat.example.org/ws'],
      tokenUrl: 'https://app.example.org/token',
      demoUrl: 'http://127.0.0.1:4567',
    }
    expect(directivesOf({ settings }).get('connect-src')).toEqual([
      "'self'",
      'wss://chat.example.org/ws',
      'https://chat.example.org',
      'https://app.example.org',
      'http://127.0.0.1:4567',
    ])
  })

  it('runs no script without the nonce, and evaluates no text', () => {
    expect(directivesOf().get('script-src')).toEqual(["'nonce-bm9uY2U='", "'strict-dynamic'"])
    expect(directivesOf().get('style-src')).toEqual(["'self'", "'nonce-bm9uY2U='"])
  })

  it('allows nothing unsafe in production but attributes of style', () => {
    const unsafe = [...directivesOf()].filter(([, sources]) => sources.some(source => source.includes('unsafe')))
    expect(unsafe).toEqual([['style-src-attr', ["'unsafe-inline'"]]])
  })

  it('allows Next’s development server what it needs', () => {
    const directives = directivesOf({ isDevelopment: true })
    expect(directives.get('script-src')).toContain("'unsafe-eval'")
    // A nonce beside it would switch it off.
    expect(directives.get('style-src')).toEqual(["'self'", "'unsafe-inline'"])
  })

  it('is framed by nobody, and loads nothing from elsewhere', () => {
    const directives = directivesOf()
    expect(directives.get('frame-ancestors')).toEqual(["'none'"])
    expect(directives.get('base-uri')).toEqual(["'none'"])
    expect(directives.get('default-src')).toEqual(["'none'"])
    const elsewhere = [...directives].filter(
      ([name, sources]) => name !== 'connect-src' && sources.some(source => /\/\/|\*|https?:/.test(source)),
    )
    expect(elsewhere).toEqual([])
  })
})

describe('the other headers', () => {
  it('send no address along, give no device away, and let nobody guess', () => {
    expect(SECURITY_HEADERS).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    for (const feature of ['camera', 'microphone', 'geolocation']) {
      expect(SECURITY_HEADERS['permissions-policy']!.split(', ')).toContain(`${feature}=()`)
    }
  })
})
