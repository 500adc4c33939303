/** Writes frames to one WebSocket: answers, what a room has for many sockets, and history. Notices who does not read. */

import { writeSync } from 'node:fs'
import type { WebSocket } from 'ws'
import type { FrameBatch } from './frame-batch.ts'
import type { FrameWriter } from './membership.ts'

/** Unsent bytes below which history is written on without waiting for the socket. */
const HISTORY_BYTES_LOW = 65_536

/** The TCP or TLS socket below a WebSocket: what is written while it is corked goes out as one. */
export interface Transport {
  /** Bytes that the system has not taken. */
  readonly writableLength: number
  readonly encrypted?: boolean
  /** Node's handle of the socket; null once it is closed, when its descriptor may be another's. */
  readonly _handle?: { readonly fd: number } | null
  cork(): void
  uncork(): void
  write(bytes: Buffer): void
}

/** Told when more live bytes wait than a reader may leave. */
export interface SlowReaderListener {
  readTooSlowly(): void
}

export class SocketWriter implements FrameWriter {
  readonly #socket: WebSocket
  readonly #transport: Transport
  /** -1 where bytes may not be written past the stream. */
  readonly #descriptor: number
  /** What an extension does to a frame, ws alone knows. */
  readonly #hasExtensions: boolean
  readonly #slowReaderBytesMax: number
  readonly #listener: SlowReaderListener
  /** Bytes of history that the socket has not taken yet. Catching up never counts as slow reading. */
  #historyBytes = 0
  #isCorked = false

  constructor(socket: WebSocket, transport: Transport, slowReaderBytesMax: number, listener: SlowReaderListener) {
    this.#socket = socket
    this.#transport = transport
    this.#descriptor = transport.encrypted === true ? -1 : (transport._handle?.fd ?? -1)
    this.#hasExtensions = socket.extensions !== ''
    this.#slowReaderBytesMax = slowReaderBytesMax
    this.#listener = listener
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Answers count too: who asks and does not read is as slow. */
  write(frame: string): void {
    if (!this.isOpen) return
    this.#corkForThisTick()
    this.#socket.send(frame)
    this.#noticeSlowReader()
  }

  writeBatch(batch: FrameBatch): void {
    if (!this.isOpen) return
    if (this.#hasExtensions) for (const frame of batch.frames) this.#socket.send(frame)
    else if (this.#writeBytes(batch.bytes)) return
    this.#noticeSlowReader()
  }

  async writeHistory(frames: readonly string[]): Promise<void> {
    if (!this.isOpen || frames.length === 0) return
    let bytes = 0
    for (const frame of frames) bytes += Buffer.byteLength(frame)
    this.#historyBytes += bytes
    // One write for all: a system call for each frame is most of what a resume costs.
    this.#transport.cork()
    const flushed = new Promise<void>(resolve => {
      for (const [index, frame] of frames.entries()) {
        if (index < frames.length - 1) this.#socket.send(frame)
        else
          this.#socket.send(frame, () => {
            this.#historyBytes -= bytes
            resolve()
          })
      }
    })
    this.#transport.uncork()
    if (this.#socket.bufferedAmount > HISTORY_BYTES_LOW) await flushed
  }

  /**
   * Straight to the descriptor where nothing waits before it, which saves a tenth of a delivery (decision 20). What the socket does not take, and
   * every error, is the stream's. Answers whether the system has taken everything.
   */
  #writeBytes(bytes: Buffer): boolean {
    const transport = this.#transport
    // Without its handle the socket is closed, and its descriptor may be another's.
    const isDirect = this.#descriptor >= 0 && transport._handle !== null && transport.writableLength === 0
    const written = isDirect ? writeNow(this.#descriptor, bytes) : 0
    if (written === bytes.length) return true
    transport.write(written === 0 ? bytes : bytes.subarray(written))
    return false
  }

  /** Several answers at once, as to the sends that one read from Redis answers, go out as one write. */
  #corkForThisTick(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#transport.cork()
    process.nextTick(() => {
      this.#isCorked = false
      this.#transport.uncork()
    })
  }

  #noticeSlowReader(): void {
    if (this.#socket.bufferedAmount - this.#historyBytes > this.#slowReaderBytesMax) this.#listener.readTooSlowly()
  }
}

/** Bytes that the system took without waiting. */
function writeNow(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch {
    return 0
  }
}
