/** The opening handshake of a client: the request, and what the server answers. Source: RFC 6455, section 4.1. */

import { hash, randomBytes } from 'node:crypto'

export interface HandshakeRequest {
  /** As in a URL; a port, too. */
  readonly host: string
  readonly port: number
  /** With its query. */
  readonly path: string
  readonly subprotocol: string
}

/** Longest answer, status line and headers. */
const ANSWER_BYTES_MAX = 16_384
/** What every server appends to the key. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const END_OF_ANSWER = '\r\n\r\n'

/** One attempt, kept until it is answered. */
export class Handshake {
  readonly request: string
  readonly #subprotocol: string
  readonly #accept: string
  /** What has come of the answer, while it is not whole. */
  #begun: Buffer | null = null

  constructor({ host, port, path, subprotocol }: HandshakeRequest) {
    const key = randomBytes(16).toString('base64')
    this.#subprotocol = subprotocol
    this.#accept = hash('sha1', key + ACCEPT_SUFFIX, 'base64')
    this.request = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${subprotocol}`,
      '',
      '',
    ].join('\r\n')
  }

  /**
   * Reads a chunk of the answer. Null: there is more to come. A number: it was accepted, and frames begin there in the chunk.
   * @throws Error where it is refused, or is no answer to this request
   */
  read(chunk: Buffer, end: number): number | null {
    const begunBytes = this.#begun?.length ?? 0
    const all = this.#begun === null ? chunk.subarray(0, end) : Buffer.concat([this.#begun, chunk.subarray(0, end)])
    const headBytes = all.subarray(0, ANSWER_BYTES_MAX).indexOf(END_OF_ANSWER)
    if (headBytes === -1) {
      if (all.length >= ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`)
      this.#begun = Buffer.from(all)
      return null
    }
    this.#check(all.toString('latin1', 0, headBytes))
    return headBytes + END_OF_ANSWER.length - begunBytes
  }

  #check(head: string): void {
    const [status, ...lines] = head.split('\r\n')
    if (!/^HTTP\/1\.1 101(?: |$)/.test(status!)) throw new Error(`expected status 101, found ${JSON.stringify(status)}`)
    const headers = headersOf(lines)
    expectThat(headers.get('upgrade')?.toLowerCase() === 'websocket', 'Upgrade: websocket')
    expectThat(/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.get('connection') ?? ''), 'Connection: Upgrade')
    expectThat(headers.get('sec-websocket-accept') === this.#accept, 'the Sec-WebSocket-Accept of its key')
    expectThat(headers.get('sec-websocket-protocol') === this.#subprotocol, `the subprotocol ${this.#subprotocol}`)
    expectThat(!headers.has('sec-websocket-extensions'), 'no extension, since none was offered')
  }
}

/** By name in lower case; several of one name as one, with commas. */
function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new Error(`expected a header, found ${JSON.stringify(line)}`)
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const known = headers.get(name)
    headers.set(name, known === undefined ? value : `${known}, ${value}`)
  }
  return headers
}

function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`expected ${what} in the answer to the upgrade`)
}
