import { describe, expect, it } from 'vitest'
import { pageSettings, readSettings, SettingsError } from './settings.ts'

const SECRET = 'a secret of the tests, long enough for HS256'
const PRODUCTION = { NODE_ENV: 'production', TUESDAY_WS_URLS: 'wss://chat.example.org/ws', JWT_SECRET: SECRET }

describe('the settings of the front end', () => {
  it('need nothing in development', () => {
    const settings = readSettings({})
    expect(pageSettings(settings)).toEqual({
      webSocketUrls: ['ws://127.0.0.1:8080/ws'],
      guestsAllowed: true,
      tokenUrl: '/api/token',
      demoUrl: null,
    })
    expect(settings).toMatchObject({ signIn: 'session', signingKey: null, tokenSeconds: 3600 })
  })

  it('are read when the server runs', () => {
    const settings = readSettings({
      ...PRODUCTION,
      TUESDAY_WS_URLS: 'wss://a.example.org/ws, wss://b.example.org/chat/ws',
      TUESDAY_GUESTS: 'allow',
      TUESDAY_TOKEN_URL: 'https://app.example.org/token',
      TUESDAY_DEMO_URL: 'http://127.0.0.1:4567',
      TUESDAY_TOKEN_SECONDS: '600',
      TUESDAY_SIGN_IN: 'demo',
      JWT_ISSUER: 'https://app.example.org',
    })
    expect(pageSettings(settings)).toEqual({
      webSocketUrls: ['wss://a.example.org/ws', 'wss://b.example.org/chat/ws'],
      guestsAllowed: true,
      tokenUrl: 'https://app.example.org/token',
      demoUrl: 'http://127.0.0.1:4567',
    })
    expect(settings).toMatchObject({
      signIn: 'demo',
      tokenSeconds: 600,
      signingKey: { algorithm: 'HS256', issuer: 'https://app.example.org', audience: null },
    })
  })

  it('give the page nothing of the secrets', () => {
    const page = JSON.stringify(pageSettings(readSettings({ ...PRODUCTION, TUESDAY_SIGN_IN: 'demo' })))
    expect(page).not.toContain(SECRET)
    expect(Object.keys(JSON.parse(page))).toEqual(['webSocketUrls', 'guestsAllowed', 'tokenUrl', 'demoUrl'])
  })

  it('let no guests in where they run in production, unless told to', () => {
    expect(readSettings(PRODUCTION).guestsAllowed).toBe(false)
    expect(readSettings({ ...PRODUCTION, TUESDAY_GUESTS: 'allow' }).guestsAllowed).toBe(true)
  })

  it.each([
    ['TUESDAY_WS_URLS', 'https://chat.example.org/ws'],
    ['TUESDAY_WS_URLS', 'wss://chat.example.org'],
    ['TUESDAY_WS_URLS', 'wss://ws'],
    ['TUESDAY_WS_URLS', 'wss://[chat/ws'],
    ['TUESDAY_WS_URLS', '/ws'],
    ['TUESDAY_WS_URLS', 'wss://chat.example.org/ws; script-src *'],
    ['TUESDAY_WS_URLS', 'wss://user:password@chat.example.org/ws'],
    ['TUESDAY_WS_URLS', 'wss://chat.example.org/ws?guest=ann'],
    ['TUESDAY_GUESTS', 'yes'],
    ['TUESDAY_TOKEN_URL', 'api/token'],
    ['TUESDAY_TOKEN_URL', '//elsewhere.example.org/token'],
    ['TUESDAY_TOKEN_URL', 'https://elsewhere.example.org/token; script-src *'],
    ['TUESDAY_DEMO_URL', 'http://10.0.0.1:4567'],
    ['TUESDAY_SIGN_IN', 'off'],
    ['TUESDAY_TOKEN_SECONDS', '1000000'],
    ['JWT_SECRET', 'too short'],
  ])('refuse %s=%s, by name', (name, value) => {
    const read = () => readSettings({ ...PRODUCTION, [name]: value })
    expect(read).toThrow(SettingsError)
    expect(read).toThrow(name)
  })

  it('name everything that is wrong at once, and no secret', () => {
    const read = () => readSettings({ ...PRODUCTION, TUESDAY_GUESTS: 'yes', JWT_SECRET: 'hush' })
    expect(read).toThrow(/TUESDAY_GUESTS is "yes"[\s\S]*JWT_SECRET is too short/)
    expect(read).not.toThrow(/hush/)
  })

  it('say what is missing in production', () => {
    expect(() => readSettings({ NODE_ENV: 'production', JWT_SECRET: SECRET })).toThrow(/TUESDAY_WS_URLS is missing/)
    const { JWT_SECRET: _, ...withoutKey } = PRODUCTION
    expect(() => readSettings(withoutKey)).toThrow(/Nobody could sign in: set JWT_SECRET/)
    expect(() => readSettings({ ...withoutKey, TUESDAY_GUESTS: 'allow' })).not.toThrow()
    expect(() => readSettings({ ...withoutKey, TUESDAY_TOKEN_URL: 'https://app.example.org/token' })).not.toThrow()
  })

  it('take a demonstration of sign-in only with a key', () => {
    expect(() => readSettings({ TUESDAY_SIGN_IN: 'demo' })).toThrow(/TUESDAY_SIGN_IN=demo makes tokens/)
  })

  it('take one key, not two', () => {
    expect(() => readSettings({ ...PRODUCTION, JWT_PRIVATE_KEY: '-----BEGIN' })).toThrow(/both set/)
    const { JWT_SECRET: _, ...withoutKey } = PRODUCTION
    expect(() => readSettings({ ...withoutKey, JWT_PRIVATE_KEY: '-----BEGIN' })).toThrow(/JWT_PRIVATE_KEY is not/)
  })
})
