/** Older messages, over HTTP: pages that end right before the oldest message that is here. */

import type { MessageFrame, Position } from '../../service/protocol.ts'
import type { Credentials } from './credentials.ts'

export interface OlderMessages {
  readonly messages: readonly MessageFrame[]
  /** What lies before them: more, nothing since the room began here, or nothing since the service keeps no more. */
  readonly before: 'more' | 'beginning' | 'not-kept'
}

interface Page {
  readonly from: Position
  readonly position: Position
  readonly messages: readonly MessageFrame[]
}

export interface OlderRequest {
  /** Where the socket is, like `ws://127.0.0.1:8080/ws`. */
  readonly address: string
  readonly credentials: Credentials
  readonly room: string
  /** The oldest message that is here. */
  readonly oldest: Position
}

/** As many as the service gives at most in one page. */
export const OLDER_COUNT = 200
/** The service ends a page early where texts are long: at 256 KiB. */
const PAGES_MAX = 20

/** @throws Error where the service cannot be reached or refuses; the message is for the person */
export async function readOlder(request: OlderRequest, get: typeof fetch = fetch): Promise<OlderMessages> {
  const { oldest } = request
  const firstSeq = Math.max(0, oldest.seq - 1 - OLDER_COUNT)
  const messages: MessageFrame[] = []
  let after: Position = { epoch: oldest.epoch, seq: firstSeq }
  let isWhole = true
  for (let count = 0; count < PAGES_MAX && after.seq < oldest.seq - 1; count += 1) {
    const page = await readPage(request, after, oldest.seq - 1 - after.seq, get)
    if (page.from.seq > after.seq) isWhole = false
    const older = page.messages.filter(message => message.seq < oldest.seq)
    messages.push(...older)
    if (older.length < page.messages.length || page.messages.length === 0) break
    after = page.position
  }
  if (!isWhole) return { messages, before: 'not-kept' }
  return { messages, before: firstSeq === 0 ? 'beginning' : 'more' }
}

async function readPage(request: OlderRequest, after: Position, limit: number, get: typeof fetch): Promise<Page> {
  const { url, headers } = pageRequest(request, after, limit)
  const response = await get(url, { headers })
  const answer = (await response.json().catch(() => null)) as (Page & { message?: string }) | null
  if (!response.ok || answer === null) throw new Error(answer?.message ?? `the service answered ${response.status}`)
  return answer
}

function pageRequest({ address, credentials, room }: OlderRequest, after: Position, limit: number) {
  const url = new URL(address)
  url.protocol = url.protocol.replace('ws', 'http')
  url.pathname = url.pathname.replace(/\/[^/]*$/, `/rooms/${encodeURIComponent(room)}/messages`)
  // Before the first message is before every epoch.
  if (after.seq > 0) url.searchParams.set('after', `${after.epoch}:${after.seq}`)
  url.searchParams.set('limit', String(limit))
  if ('guest' in credentials) url.searchParams.set('guest', credentials.guest)
  const headers: Record<string, string> =
    'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {}
  return { url: url.href, headers }
}
