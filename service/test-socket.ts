/** Test support: the service's end of a WebSocket whose other end reads only when told to. */

import { EventEmitter } from 'node:events'
import type { ServiceFrame } from './protocol.ts'
import type { Transport } from './socket-writer.ts'
import { textsOf } from './test-frames.ts'

export class TestSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  bufferedAmount = 0
  extensions = ''
  closeCode = 0
  readonly sent: string[] = []
  /** Of batches, each one system call. */
  writes = 0
  corks = 0
  uncorks = 0
  #flushes: (() => void)[] = []

  send(frame: string, flushed?: () => void): void {
    this.sent.push(frame)
    this.bufferedAmount += Buffer.byteLength(frame)
    if (flushed !== undefined) this.#flushes.push(flushed)
  }

  /** What is below it, where batches are written past ws. */
  readonly transport: Transport = {
    writableLength: 0,
    cork: () => {
      this.corks++
    },
    uncork: () => {
      this.uncorks++
    },
    write: bytes => {
      this.sent.push(...textsOf(bytes))
      this.bufferedAmount += bytes.length
      this.writes++
    },
  }

  close(code: number): void {
    this.closeCode = code
    this.readyState = 2
  }

  terminate(): void {
    this.readyState = 3
    this.emit('close')
  }

  /** The other end has read everything. */
  flush(): void {
    this.bufferedAmount = 0
    const flushes = this.#flushes
    this.#flushes = []
    for (const flushed of flushes) flushed()
  }

  receive(frame: object): void {
    this.emit('message', Buffer.from(JSON.stringify(frame)), false)
  }

  get frames(): ServiceFrame[] {
    return this.sent.filter(frame => frame.startsWith('{')).map(frame => JSON.parse(frame))
  }
}
