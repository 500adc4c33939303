/**
 * Test support: what an HTTP request has to be answered with, after docs/protocol.md. Where several things are wrong with a request, it
 * may be refused for any of them.
 */

import {
  GUEST_PREFIX,
  HTTP_ERROR_CODES,
  type HttpErrorCode,
  type Limits,
  type MessageFrame,
  type Position,
  ROOM_PATTERN,
  USER_PATTERN,
} from '../protocol.ts'
import type { HttpAnswer, HttpRequest } from './http-wire.ts'
import type { RoomModel } from './room-model.ts'

const KEY_CHARACTERS_MAX = 256
/** A page ends with the message that reaches this. */
const PAGE_BYTES_MAX = 262_144
const PAGE_MESSAGES_MAX = 200
/** `<epoch>:<seq>`, as the OpenAPI document has it. */
const AFTER_PATTERN = /^[A-Za-z0-9_-]{1,32}:[0-9]{1,15}$/

/** Who a token speaks for; null where it is not good. */
export type ReadToken = (token: string) => { readonly user: string; readonly rooms: ReadonlySet<string> | null } | null

export interface RequestOracleOptions {
  readonly limits: Limits
  readonly readToken: ReadToken
  /** Null for a room that is not the attacker's own. */
  readonly modelOf: (room: string) => RoomModel | null
}

/** Throws where the answer is not the one that is due. */
export type CheckAnswer = (answer: HttpAnswer) => void

/** Judges a request before it is sent, and takes what it does into the models. Null where it would do something in a room of others. */
export function judgeRequest(request: HttpRequest, options: RequestOracleOptions): CheckAnswer | null {
  const [path, query = ''] = splitOnce(request.target, '?')
  const room = /^\/rooms\/([^/]*)\/messages$/.exec(path)?.[1]
  const plain = { '/healthz': { alive: true }, '/readyz': { ready: true } }[path]
  const isGet = request.method === 'GET'
  if (plain !== undefined && (isGet || request.method === 'HEAD'))
    return answer => expectBody(answer, 200, isGet ? JSON.stringify(plain) : '')
  const isPublish = request.method === 'POST' && room !== undefined
  if (!isPublish && !(isGet && room !== undefined)) {
    const codes: HttpErrorCode[] = ['not-found']
    // A path that cannot be decoded is no path.
    if (decoded(path) === null) codes.push('bad-request')
    return expectRefusal([...codes, ...(hasBody(request) ? bodyFaults(request, options.limits).faults : [])])
  }
  const name = decoded(room) ?? ''
  const faults: HttpErrorCode[] = ROOM_PATTERN.test(name) ? [] : ['bad-request']
  // An empty name may be taken for another path.
  if (room === '') faults.push('not-found')
  const caller = judgeCaller(request, new URLSearchParams(query), name, options.readToken)
  faults.push(...caller.faults)
  if (isPublish) return judgePublish(request, { faults, room: name, user: caller.user, options })
  return judgeHistory(new URLSearchParams(query), { faults, room: name, options })
}

interface Judged {
  readonly faults: HttpErrorCode[]
  readonly room: string
  readonly options: RequestOracleOptions
}

function judgePublish(request: HttpRequest, judged: Judged & { readonly user: string }): CheckAnswer | null {
  const { faults, room, user, options } = judged
  const key = headersOf(request, 'idempotency-key').join(', ').trim()
  if (key === '' || key.length > KEY_CHARACTERS_MAX) faults.push('bad-request')
  const body = bodyFaults(request, options.limits)
  faults.push(...body.faults)
  if (faults.length > 0) return expectRefusal(faults)
  const model = options.modelOf(room)
  if (model === null) return null
  const published = model.publish(user, key, body.text)
  if (published.is === 'key-reused') return expectRefusal(['key-reused'])
  const { is, seq } = published
  return answer => {
    const told = JSON.parse(answer.body) as { room: string; id: string; epoch: string; seq: number }
    const isSame = is === 'created' || model.entries[seq - 1]!.id === told.id
    if (
      answer.status !== (is === 'created' ? 201 : 200) ||
      told.room !== room ||
      told.seq !== seq ||
      !isSame ||
      told.id === ''
    )
      throw new Error(`due is ${is} at ${seq} of ${room}, ${JSON.stringify(model.entries[seq - 1]).slice(0, 200)}`)
    model.learn(told.epoch)
    model.setId(seq, told.id)
  }
}

/** `text` is right where there are no faults. */
function bodyFaults(
  { headers, body, isChunked }: HttpRequest,
  limits: Limits,
): { faults: HttpErrorCode[]; text: string } {
  const faults: HttpErrorCode[] = []
  const [type] = headersOf({ headers }, 'content-type')
  const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type.trim())
  const isEmpty = body === null || (body.length === 0 && !isChunked)
  // Without a body there is nothing whose type could be wrong; some servers look at the type all the same.
  if (!isJson) faults.push('bad-media-type')
  if (isEmpty && type === undefined) faults.splice(0, faults.length, 'bad-request')
  if (body !== null && body.length > limits.frameBytesMax) faults.push('body-too-long')
  const text = readBody(body)
  if (text === null) faults.push('bad-request')
  else if (text === '') faults.push('text-empty')
  else if (Buffer.byteLength(text) > limits.textBytesMax) faults.push('text-too-long')
  return { faults, text: text ?? '' }
}

/** Null where the body is not exactly `{"text": string}`. */
function readBody(body: Buffer | null): string | null {
  try {
    // It leaves a byte order mark out and puts U+FFFD where bytes are no UTF-8.
    const value = JSON.parse(new TextDecoder().decode(body ?? Buffer.alloc(0)))
    const isAlone = typeof value === 'object' && value !== null && Object.keys(value).join() === 'text'
    return isAlone && typeof value.text === 'string' ? value.text : null
  } catch {
    return null
  }
}

function judgeHistory(query: URLSearchParams, { faults, room, options }: Judged): CheckAnswer | null {
  const [afters, limits] = [query.getAll('after'), query.getAll('limit')]
  const [after, limit = String(PAGE_MESSAGES_MAX)] = [afters[0], limits[0]]
  const isRightLimit = /^[0-9]+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= PAGE_MESSAGES_MAX
  const isRightAfter = after === undefined || AFTER_PATTERN.test(after)
  if (!isRightLimit || !isRightAfter || limits.length > 1 || afters.length > 1) faults.push('bad-request')
  if (faults.length > 0) return expectRefusal(faults)
  const model = options.modelOf(room)
  if (model === null) return null
  return answer => {
    if (answer.status !== 200) throw new Error('due is a page of history')
    const page = JSON.parse(answer.body) as Record<'from' | 'position' | 'top', Position> & {
      readonly room: string
      readonly complete: boolean
      readonly messages: readonly MessageFrame[]
    }
    model.learn(page.top.epoch)
    const [epoch = '', seq] = after === undefined ? [page.top.epoch, '0'] : splitOnce(after, ':')
    const { from, isComplete } = model.resume({ epoch, seq: Number(seq) }, model.top)
    for (const message of page.messages) model.check(message)
    const sizes = page.messages.map(message => Buffer.byteLength(JSON.stringify(message)))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    const isFull = bytes >= PAGE_BYTES_MAX && bytes - sizes.at(-1)! < PAGE_BYTES_MAX
    const last = isFull ? from + page.messages.length : Math.min(from + Number(limit), model.top)
    const found = [
      page.room,
      page.complete,
      page.from.seq,
      page.position.seq,
      page.top.seq,
      page.messages.map(({ seq }) => seq),
    ]
    const seqs = Array.from({ length: last - from }, (_, index) => from + index + 1)
    const due = JSON.stringify([room, isComplete, from, last, model.top, seqs])
    if (JSON.stringify(found) !== due) throw new Error(`the page is ${JSON.stringify(found)}; due is ${due}`)
  }
}

function judgeCaller(request: HttpRequest, query: URLSearchParams, room: string, readToken: ReadToken) {
  const faults: HttpErrorCode[] = []
  const guests = query.getAll('guest')
  // A guest's name is a parameter as well.
  if (guests.length > 0 && (guests.length > 1 || !USER_PATTERN.test(guests[0]!))) faults.push('bad-name', 'bad-request')
  const bearer = /^Bearer +(\S+)$/i.exec(headersOf(request, 'authorization')[0] ?? '')?.[1]
  if (bearer === undefined) {
    const user = GUEST_PREFIX + guests[0]
    if (guests.length === 0 || !USER_PATTERN.test(user)) faults.push('bad-name')
    return { faults, user }
  }
  const visitor = readToken(bearer)
  if (visitor === null) faults.push('bad-token')
  else if (visitor.rooms !== null && !visitor.rooms.has(room)) faults.push('forbidden')
  return { faults, user: visitor?.user ?? '' }
}

function hasBody({ body, headers }: HttpRequest): boolean {
  return body !== null || headersOf({ headers }, 'content-type').length > 0
}

function expectRefusal(codes: readonly HttpErrorCode[]): CheckAnswer {
  return answer => {
    const told = JSON.parse(answer.body) as { error: HttpErrorCode; message: string }
    const isRefusal =
      Object.keys(told).join() === 'error,message' && typeof told.message === 'string' && told.message !== ''
    if (!isRefusal || !codes.includes(told.error) || HTTP_ERROR_CODES[told.error].status !== answer.status)
      throw new Error(`due is a refusal: ${[...new Set(codes)].join(' or ')}`)
  }
}

function expectBody(answer: HttpAnswer, status: number, body: string): void {
  if (answer.status !== status || answer.body !== body) throw new Error(`due is ${status} ${body}`)
}

function headersOf({ headers }: Pick<HttpRequest, 'headers'>, name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
