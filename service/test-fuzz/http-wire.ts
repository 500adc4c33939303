/** Test support: HTTP/1.1 as bytes, and the answers to it. */

import type { RawSocket } from './raw-socket.ts'

export interface HttpRequest {
  readonly method: string
  /** Path and query, as on the wire. */
  readonly target: string
  /** One byte for each character. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Null for a request without one. */
  readonly body: Buffer | null
  /** In pieces with a size each, instead of a Content-Length. */
  readonly isChunked?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export function encodeRequest({ method, target, headers, body, isChunked = false }: HttpRequest): Buffer {
  const framing =
    body === null
      ? []
      : [isChunked ? (['Transfer-Encoding', 'chunked'] as const) : (['Content-Length', String(body.length)] as const)]
  const lines = [['Host', 'localhost'] as const, ...headers, ...framing].map(([name, value]) => `${name}: ${value}\r\n`)
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  if (body === null) return head
  return Buffer.concat([head, ...(isChunked ? chunksOf(body) : [body])])
}

function chunksOf(body: Buffer): Buffer[] {
  const half = body.length >> 1
  const parts = [body.subarray(0, half), body.subarray(half)].filter(part => part.length > 0)
  const chunks = parts.flatMap(part => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
  return [...chunks, Buffer.from('0\r\n\r\n')]
}

/** Reads one answer; null where the connection ends before it is complete. */
export function readAnswer(socket: RawSocket, method: string): Promise<HttpAnswer | null> {
  return socket.find(`the answer to ${method}`, () => {
    const found = decodeAnswer(socket.received, method)
    if (found !== null) socket.take(found.size)
    return found?.answer ?? null
  })
}

export function decodeAnswer(bytes: Buffer, method: string): { answer: HttpAnswer; size: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first!)?.[1]
  if (status === undefined) throw new Error(`no HTTP: ${first!.slice(0, 100)}`)
  const headers = new Map(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const start = headEnd + 4
  const hasNoBody = method === 'HEAD' || status === '101' || status === '204'
  if (hasNoBody) return { answer: { status: Number(status), headers, body: '' }, size: start }
  if (headers.get('transfer-encoding') === 'chunked') return decodeEmptyChunks(bytes, start, Number(status), headers)
  const size = start + Number(headers.get('content-length') ?? 0)
  if (bytes.length < size) return null
  return { answer: { status: Number(status), headers, body: bytes.toString('utf8', start, size) }, size }
}

/** Node itself writes so where it refuses without a word; the service never does. */
function decodeEmptyChunks(bytes: Buffer, start: number, status: number, headers: Map<string, string>) {
  const end = bytes.indexOf('0\r\n\r\n', start)
  if (end < 0) return null
  if (end > start) throw new Error('an answer in pieces')
  return { answer: { status, headers, body: '' }, size: end + 5 }
}
