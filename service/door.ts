/** Who comes in, and as whom: one rule for sockets and for HTTP requests. */

import type { Identity } from './identity.ts'
import { GUEST_PREFIX, ROOM_PATTERN, USER_PATTERN } from './protocol.ts'

export interface DoorOptions {
  readonly guestsAllowed: boolean
  readonly origins: readonly string[]
  /** The claims of a token whose signature, times, issuer and audience are right; throws otherwise. Null where no tokens are taken. */
  readonly verify: ((token: string) => Readonly<Record<string, unknown>>) | null
}

export interface Credentials {
  readonly token: string | null
  readonly guest: unknown
}

export interface Refusal {
  readonly refusal: 'badToken' | 'badName'
  /** For the one who is refused. */
  readonly message: string
}

export class Door {
  readonly #options: DoorOptions

  constructor(options: DoorOptions) {
    this.#options = options
  }

  /** Who is not a browser names no origin. A page may always connect to the host that it came from. */
  admitsOrigin(origin: string | undefined, host: string): boolean {
    const { origins } = this.#options
    if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
    return URL.canParse(origin) && new URL(origin).host === host
  }

  /** A token counts before a guest's name. */
  admit({ token, guest }: Credentials): Identity | Refusal {
    const { guestsAllowed } = this.#options
    if (token !== null) return this.#admitToken(token)
    if (!guestsAllowed) return refuse('badToken', 'a token is needed')
    return this.#admitGuest(guest)
  }

  #admitGuest(guest: unknown): Identity | Refusal {
    if (typeof guest !== 'string') return refuse('badName', 'a guest needs a name: ?guest=<name>')
    const user = this.#options.verify === null ? guest : GUEST_PREFIX + guest
    if (!USER_PATTERN.test(guest) || !USER_PATTERN.test(user))
      return refuse('badName', `a guest's name must match ${USER_PATTERN.source}`)
    return { user, rooms: null, expiresAtMs: null }
  }

  #admitToken(token: string): Identity | Refusal {
    const { verify } = this.#options
    if (verify === null) return refuse('badToken', 'no tokens are taken here')
    let claims: Readonly<Record<string, unknown>>
    try {
      claims = verify(token)
    } catch (error) {
      return refuse('badToken', (error as Error).message)
    }
    const { sub, rooms, exp } = claims
    if (typeof sub !== 'string' || !USER_PATTERN.test(sub) || sub.startsWith(GUEST_PREFIX))
      return refuse(
        'badToken',
        `the token's "sub" must match ${USER_PATTERN.source} and not begin with ${GUEST_PREFIX}`,
      )
    if (rooms !== undefined && !isRoomList(rooms))
      return refuse('badToken', 'the token\'s "rooms" must be a list of names of rooms')
    if (typeof exp !== 'number') return refuse('badToken', 'the token must have an end: "exp"')
    return { user: sub, rooms: rooms === undefined ? null : new Set(rooms), expiresAtMs: exp * 1000 }
  }
}

function isRoomList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(room => typeof room === 'string' && ROOM_PATTERN.test(room))
}

function refuse(refusal: Refusal['refusal'], message: string): Refusal {
  return { refusal, message }
}
