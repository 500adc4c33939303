/** The chat in a real page: the browser's sockets, timers and events, and the hook through which tests look into it. */

import type { PageSettings } from '../settings.ts'
import { type AckedMessage, Chat, type DeliveredMessage } from './chat.ts'
import { signIn } from './credentials.ts'
import type { Clock, Socket } from './host.ts'
import { Outbox } from './outbox.ts'
import { SafeStore } from './safe-store.ts'
import { ROOMS_KEY, Storage } from './storage.ts'

/** For tests and for the harness, in every build: it tells what the page shows anyway. */
export interface PageHook {
  /** All delivered messages of the room that the page holds, in the order of the room. */
  history(room: string): Omit<DeliveredMessage, 'room'>[]
}

declare global {
  interface Window {
    tuesday?: PageHook
  }
  interface WindowEventMap {
    'tuesday:delivered': CustomEvent<DeliveredMessage>
    'tuesday:acked': CustomEvent<AckedMessage>
  }
}

const CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

export function openStorage(): Storage {
  return new Storage(SafeStore.open(() => window.localStorage))
}

/** A chat that lives until it is stopped. */
export interface PageChat {
  readonly chat: Chat
  stop(): void
}

export function startPageChat(name: string, settings: PageSettings, storage: Storage): PageChat {
  const chat = new Chat({
    name,
    outbox: new Outbox(
      SafeStore.open(() => window.sessionStorage),
      name,
    ),
    storage: storage.of(name),
    addresses: settings.webSocketUrls.map(address => webSocketUrlOf(address, location.href)),
    sender: randomSender(),
    random: Math.random,
    clock: CLOCK,
    wallClockMs: Date.now,
    signIn: () => signIn(name, settings),
    // Of its handlers no more is used than the type says.
    openSocket: (url, protocols) => new WebSocket(url, protocols) as Socket,
    onDelivered: detail => window.dispatchEvent(new CustomEvent('tuesday:delivered', { detail })),
    onAcked: detail => window.dispatchEvent(new CustomEvent('tuesday:acked', { detail })),
  })
  const listening = new AbortController()
  const { signal } = listening
  window.addEventListener('offline', () => chat.wentOffline(), { signal })
  window.addEventListener('online', () => chat.wentOnline(), { signal })
  window.addEventListener('storage', event => event.key === ROOMS_KEY && chat.roomsChangedElsewhere(), { signal })
  // The browser asks the person whether to leave.
  window.addEventListener('beforeunload', event => chat.isSending && event.preventDefault(), { signal })
  document.addEventListener('visibilitychange', () => chat.setVisible(!document.hidden), { signal })
  chat.setVisible(!document.hidden)
  window.tuesday = { history: room => chat.history(room) }
  chat.start()
  return {
    chat,
    stop: () => {
      listening.abort()
      chat.end()
    },
  }
}

/** Not `randomUUID`, which only exists where the page came over TLS or from this machine. */
function randomSender(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The address for a WebSocket, where the settings may have a path of the page's own server. */
function webSocketUrlOf(address: string, page: string): string {
  const url = new URL(address, page)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}
