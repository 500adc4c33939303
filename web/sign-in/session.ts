/**
 * Who is it that asks for a token? THIS FILE IS FOR YOU TO REPLACE: as it stands, it lets nobody in, unless `TUESDAY_SIGN_IN=demo` says that everybody
 * is whoever he says he is.
 *
 * In your own, look at the cookie or header that your sign-in has set, and answer the user. With Auth.js, for example:
 *
 *     const session = await auth()
 *     if (!session?.user) return { refusal: 'signed-out', message: 'Sign in first.' }
 *     return { user: session.user.id, rooms: null }
 *
 * The user comes from your session alone, never from what the page sends: otherwise anybody could be anybody.
 */

import type { SignInMode } from '../settings.ts'

/** Somebody who is known. */
export interface Session {
  /** The token's `sub`, by which everybody in the room knows him: 1 to 64 letters, digits and . _ ~ @ -, a letter or digit first, not `guest~…`. */
  readonly user: string
  /** Names of the rooms that he may enter; null: all. */
  readonly rooms: readonly string[] | null
}

/** `signed-out`: he can do something about it. `not-set-up`: only whoever runs this server can. */
export interface SessionRefusal {
  readonly refusal: 'signed-out' | 'not-set-up'
  /** Shown to him. */
  readonly message: string
}

export interface SessionQuestion {
  /** With its cookies and headers; the body has been read. */
  readonly request: Request
  /** The name that the page asks for. Good for a demonstration, and for nothing else. */
  readonly name: string | null
  readonly signIn: SignInMode
}

/** Answers who asks, or why nobody is let in. */
export async function sessionOf({ name, signIn }: SessionQuestion): Promise<Session | SessionRefusal> {
  if (signIn !== 'demo') {
    return {
      refusal: 'not-set-up',
      message:
        'Sign-in is not set up on this server. Whoever runs it has to put a session check into web/sign-in/session.ts, or to set TUESDAY_SIGN_IN=demo, ' +
        'with which everybody may take any name.',
    }
  }
  if (name === null) return { refusal: 'signed-out', message: 'A name is needed.' }
  return { user: name, rooms: null }
}
