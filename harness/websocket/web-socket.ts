/**
 * A WebSocket client for thousands of connections in one process. It does what the load needs and no more: text messages, no extensions, no TLS.
 * All sockets read into one buffer, so that a connection on which nothing happens holds none, and a message is handed over where it lies
 * in that buffer.
 */

import { connect, type Socket } from 'node:net'
import { CLOSE } from './frame.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { closeFrame, pongFrame, textFrame } from './frame-writer.ts'
import { Handshake, type HandshakeRequest } from './handshake.ts'

export interface WebSocketOptions extends HandshakeRequest {
  /** From the first packet to the answered handshake; an attempt that takes longer has failed. */
  readonly handshakeMsMax: number
  /** The connection is cut where the other end sends a longer one. */
  readonly messageBytesMax: number
  /** Address of this end, undefined for any. */
  readonly localAddress: string | undefined
}

/** One listener may hear many sockets: each says which it is. */
export interface WebSocketListener {
  opened(socket: WebSocket): void
  /** Bytes have come; messages may follow, all of them before `readEnds`. */
  readBegins(): void
  readEnds(): void
  /** See {@link FrameSink.skim}. */
  skim(socket: WebSocket, bytes: Buffer, start: number, end: number): number
  /**
   * A message. The bytes are valid during the call only, and have not been checked: who finds them not to be UTF-8 calls
   * `fail` with 1007.
   */
  text(socket: WebSocket, bytes: Buffer, start: number, end: number): void
  /**
   * The connection is gone, or never was; told exactly once. 1006 without a close frame from the other end, 1005 where that had no code.
   */
  closed(socket: WebSocket, code: number): void
}

/** How long the other end may take to answer a close, or to end the connection after its own, before the connection is cut. */
const CLOSE_MS_MAX = 5_000
const READ_BYTES = 65_536

/** What was read last, on whichever socket. */
const readBuffer = Buffer.alloc(READ_BYTES)

export class WebSocket implements FrameSink {
  readonly #listener: WebSocketListener
  readonly #socket: Socket
  readonly #reader: FrameReader
  /** Null once it is answered. */
  #handshake: Handshake | null
  /** Until the handshake or the close is answered. */
  #timer: NodeJS.Timeout | null
  #isClosing = false
  #closeCode: number = CLOSE.abnormal
  #failure: string | null = null

  /** Begins to connect at once. */
  constructor(options: WebSocketOptions, listener: WebSocketListener) {
    const { host, port, handshakeMsMax, messageBytesMax, localAddress } = options
    this.#listener = listener
    this.#reader = new FrameReader(this, messageBytesMax)
    this.#handshake = new Handshake(options)
    this.#timer = setTimeout(() => this.#giveUp(`no answer within ${handshakeMsMax / 1000} s`), handshakeMsMax)
    const onread = { buffer: readBuffer, callback: (length: number) => this.#read(length) }
    this.#socket = connect({ host, port, localAddress, noDelay: true, onread })
    // Written as soon as there is a connection. What goes wrong is followed by `close`.
    this.#socket.write(this.#handshake.request, 'latin1')
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#noteFailure(error.code ?? error.message))
    this.#socket.on('close', () => this.#ended())
  }

  /** Handshake answered, and no close frame in either direction. */
  get isOpen(): boolean {
    return this.#handshake === null && !this.#isClosing
  }

  /** Why the handshake came to nothing; null where it is answered, or open still. */
  get failure(): string | null {
    return this.#failure
  }

  /** Nothing is sent where it is not open. */
  send(text: string): void {
    if (this.isOpen) this.#socket.write(textFrame(text))
  }

  /** Says goodbye; `closed` follows with the code of the answer, or 1006 where none comes. */
  close(code: number, reason: string): void {
    if (this.#handshake !== null) this.terminate()
    else this.#beginClosing(code, reason)
  }

  /** Gives up the connection because of what came: the close frame says why, and `closed` follows with 1006. */
  fail(code: number, why: string): void {
    this.#reader.stop()
    this.#beginClosing(code, why)
    this.#socket.destroySoon()
  }

  /** Cuts the connection. What has been written goes out as far as the system takes it at once. */
  terminate(): void {
    this.#reader.stop()
    this.#socket.destroy()
  }

  skim(bytes: Buffer, start: number, end: number): number {
    return this.#listener.skim(this, bytes, start, end)
  }

  text(bytes: Buffer, start: number, end: number): void {
    this.#listener.text(this, bytes, start, end)
  }

  ping(bytes: Buffer, start: number, end: number): void {
    if (!this.#isClosing) this.#socket.write(pongFrame(bytes.subarray(start, end)))
  }

  /** Where it was the other end that began, it is answered; ending the connection is the server's part. */
  closing(code: number): void {
    this.#closeCode = code
    this.#beginClosing(code, '')
  }

  broken(code: number, why: string): void {
    this.fail(code, why)
  }

  #read(length: number): boolean {
    this.#listener.readBegins()
    try {
      const start = this.#handshake === null ? 0 : this.#readAnswer(this.#handshake, length)
      if (start !== null) this.#reader.read(readBuffer, start, length)
    } finally {
      this.#listener.readEnds()
    }
    return true
  }

  /** Where the frames begin, null where there are none. */
  #readAnswer(handshake: Handshake, length: number): number | null {
    try {
      const start = handshake.read(readBuffer, length)
      if (start === null) return null
      this.#handshake = null
      this.#stopTimer()
      this.#listener.opened(this)
      return start
    } catch (error) {
      this.#giveUp((error as Error).message)
      return null
    }
  }

  #giveUp(why: string): void {
    this.#noteFailure(why)
    this.terminate()
  }

  /** What comes first is the reason of the rest. */
  #noteFailure(why: string): void {
    if (this.#handshake !== null) this.#failure ??= why
  }

  #beginClosing(code: number, reason: string): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.write(closeFrame(code, reason))
    this.#timer = setTimeout(() => this.terminate(), CLOSE_MS_MAX)
    this.#timer.unref()
  }

  #ended(): void {
    this.#stopTimer()
    this.#reader.stop()
    this.#noteFailure('closed without an answer')
    this.#listener.closed(this, this.#closeCode)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
