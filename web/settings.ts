/** What the front end is told by environment variables, read when the server runs, never when it is built. */

/** What the page is given, as JSON in the element `#settings`. */
export interface PageSettings {
  /** WebSocket endpoints, one of which is tried after the other; ws: or wss:. */
  readonly webSocketUrls: readonly string[]
  /** Whether somebody may come in under a name of his own choice, without a token. */
  readonly guestsAllowed: boolean
  /** Where the page asks for a token: a path of this server, or a URL. */
  readonly tokenUrl: string
  readonly demoUrl: string | null
}

export function readSettings(environment: Readonly<Record<string, string | undefined>>): PageSettings {
  const isDevelopment = environment.NODE_ENV !== 'production'
  const webSocketUrls = (environment.TUESDAY_WS_URLS ?? (isDevelopment ? 'ws://127.0.0.1:8080/ws' : ''))
    .split(',')
    .map(url => url.trim())
    .filter(url => url !== '')
  return {
    webSocketUrls,
    guestsAllowed: (environment.TUESDAY_GUESTS ?? (isDevelopment ? 'allow' : 'deny')) === 'allow',
    tokenUrl: environment.TUESDAY_TOKEN_URL ?? '/api/token',
    demoUrl: environment.TUESDAY_DEMO_URL ?? null,
  }
}

export function pageSettings({ webSocketUrls, guestsAllowed, tokenUrl, demoUrl }: PageSettings): PageSettings {
  return { webSocketUrls, guestsAllowed, tokenUrl, demoUrl }
}
