/** Test support: a WebSocket client that writes what it is told, byte by byte, and holds each answer against the oracle. */

import { SUBPROTOCOL } from '../protocol.ts'
import type { Counts } from './attack.ts'
import type { ConnectionOracle, Told } from './connection-oracle.ts'
import { decodeAnswer } from './http-wire.ts'
import type { RawSocket } from './raw-socket.ts'
import { decodeServiceFrame, encodeFrame, type HandshakeOptions, handshake, OPCODES } from './websocket-wire.ts'

const TRANSCRIPT_LINES_MAX = 40
const LINE_CHARACTERS_MAX = 400

export class WireClient {
  readonly socket: RawSocket
  readonly oracle: ConnectionOracle
  /** Pings of the client that have no pong yet. */
  readonly pingsDue: Buffer[] = []
  /** Payload of the service's close frame. */
  goodbye: Buffer | null = null
  /** The last of what was written and read. */
  readonly transcript: string[] = []

  readonly #answers: Counts

  /** `answers` counts what has come. */
  constructor({ socket, oracle, answers }: { socket: RawSocket; oracle: ConnectionOracle; answers: Counts }) {
    this.socket = socket
    this.oracle = oracle
    this.#answers = answers
  }

  /** 0 where the close frame named none; null where there was no close frame. */
  get closeCode(): number | null {
    if (this.goodbye === null) return null
    return this.goodbye.length === 0 ? 0 : this.goodbye.readUInt16BE()
  }

  note(line: string): void {
    this.transcript.push(
      line.length <= LINE_CHARACTERS_MAX ? line : `${line.slice(0, LINE_CHARACTERS_MAX)}… (${line.length})`,
    )
    if (this.transcript.length > TRANSCRIPT_LINES_MAX) this.transcript.shift()
  }

  /** Reads until nothing more is due. Throws at an answer that is not due, and where the socket is closed. */
  async settle(): Promise<void> {
    const found = await this.socket
      .find('answers', () => {
        this.#read()
        if (this.goodbye !== null) throw new Error(`closed with ${this.closeCode}; due is ${this.#missing}`)
        return this.#missing === null ? true : null
      })
      .catch(error => {
        throw new Error(`${(error as Error).message}; due is ${this.#missing}`)
      })
    if (found === null) throw new Error(`the connection ended; due is ${this.#missing}`)
  }

  /** Reads until the service has said goodbye, or has ended the connection without. Throws where something else was due before. */
  async untilGoodbye(): Promise<void> {
    await this.socket.find('the close', () => {
      this.#read()
      return this.goodbye
    })
    if (this.#missing !== null) throw new Error(`closed with ${this.closeCode}; due before is ${this.#missing}`)
  }

  get #missing(): string | null {
    return this.oracle.missing ?? (this.pingsDue.length > 0 ? 'a pong on the WebSocket layer' : null)
  }

  /** Takes the frames that have come whole. */
  #read(): void {
    while (this.goodbye === null) {
      const frame = decodeServiceFrame(this.socket.received)
      if (frame === null) return
      this.socket.take(frame.size)
      this.#take(frame.opcode, frame.payload)
    }
  }

  #take(opcode: number, payload: Buffer): void {
    this.note(`< ${opcode === OPCODES.text ? payload : `opcode ${opcode} ${payload.toString('latin1')}`}`)
    switch (opcode) {
      case OPCODES.text:
        return this.#told(JSON.parse(payload.toString('utf8')) as Told)
      case OPCODES.close:
        this.goodbye = Buffer.from(payload)
        return
      case OPCODES.ping:
        return this.socket.write(encodeFrame({ opcode: OPCODES.pong, payload }))
      case OPCODES.pong:
        if (this.pingsDue.shift()?.equals(payload)) return
    }
    throw new Error('a frame of this kind is not due')
  }

  #told(frame: Told): void {
    this.oracle.told(frame)
    this.#answers.add(
      frame.type === 'error' || frame.type === 'reject' ? `${frame.type} ${frame.code}` : String(frame.type),
    )
  }
}

/** Writes a handshake and reads the status of its answer; 0 where the connection ended without one. */
export async function shakeHands(socket: RawSocket, options: HandshakeOptions): Promise<number> {
  socket.write(handshake(options))
  const found = await socket.find('the handshake', () => decodeAnswer(socket.received, 'GET'))
  if (found === null) return 0
  socket.take(found.size)
  const { status, headers } = found.answer
  const isOffered = (options.subprotocols ?? '').split(',').some(name => name.trim() === SUBPROTOCOL)
  const chosen = headers.get('sec-websocket-protocol')
  if (status === 101 && isOffered && chosen !== SUBPROTOCOL) throw new Error(`the subprotocol is ${chosen}`)
  return status
}
