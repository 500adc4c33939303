/** Plays the host of one client against a {@link SimulatedService}, and keeps what the client told. For tests. */

import type { MessageFrame, Position } from '../service/protocol.ts'
import { ChatClient, type ChatClientOptions, type Output, type SendHandle } from './client.ts'
import type { SimulatedService, SimulatedSocket } from './simulated-service.ts'

export interface Report {
  readonly outcome: 'acked' | 'rejected' | 'unconfirmed'
  readonly position: Position | null
}

/** From an answered join to the answered leave: what was delivered, and which seqs were declared gone. */
export interface Stay {
  readonly room: string
  readonly from: Position
  to: Position | null
  readonly delivered: MessageFrame[]
  /** A hole was told after the latest `joined`; rejoining closes it, unless the client is just leaving. */
  hasHole: boolean
  readonly gaps: { readonly after: Position; readonly next: Position }[]
}

export class SimulatedHost {
  readonly client: ChatClient
  readonly reports = new Map<SendHandle, Report[]>()
  readonly stays: Stay[] = []
  readonly handles: { readonly room: string; readonly handle: string }[] = []
  readonly #service: SimulatedService
  #socket: SimulatedSocket | null = null
  #connectAtMs: number | null = null
  holes = 0

  constructor(service: SimulatedService, options: ChatClientOptions) {
    this.#service = service
    this.client = new ChatClient(options)
  }

  get isIdle(): boolean {
    const socket = this.#socket
    return socket !== null && socket.toClient.length === 0 && socket.toService.length === 0
  }

  send(room: string, text: string, nowMs: number): void {
    this.handles.push({ room, handle: text })
    this.perform(this.client.send(room, text, text, nowMs), nowMs)
  }

  /** Opens what is due and lets the client tick. */
  tick(nowMs: number): void {
    if (this.#connectAtMs !== null && nowMs >= this.#connectAtMs) {
      this.#connectAtMs = null
      this.#socket = this.#service.connect('ada')
      this.perform(this.client.opened(nowMs), nowMs)
    }
    this.perform(this.client.tick(nowMs), nowMs)
  }

  /** Lets the service read, and the client hear, up to so many frames. */
  move(toServiceMax: number, toClientMax: number, nowMs: number): void {
    for (let i = 0; i < toServiceMax && this.#socket !== null; i += 1) if (!this.#service.read(this.#socket)) break
    for (let i = 0; i < toClientMax; i += 1) {
      const text = this.#socket?.toClient.shift()
      if (text === undefined) break
      this.perform(this.client.frame(text, nowMs), nowMs)
    }
  }

  drop(code: number, nowMs: number): void {
    if (this.#socket === null) return
    this.#forgetSocket()
    this.perform(this.client.closed(code, nowMs), nowMs)
  }

  perform(outputs: readonly Output[], nowMs: number): void {
    for (const output of outputs) {
      switch (output.type) {
        case 'connect':
          this.#connectAtMs = nowMs + output.afterMs
          break
        case 'write':
          if (this.#socket === null) throw new Error(`write without a socket: ${output.text}`)
          this.#socket.toService.push(output.text)
          break
        case 'close':
          this.#connectAtMs = null
          this.#forgetSocket()
          break
        case 'acked':
          this.#report(output.handle, { outcome: 'acked', position: output.position })
          break
        case 'rejected':
        case 'unconfirmed':
          this.#report(output.handle, { outcome: output.type, position: null })
          break
        default:
          this.#noteRoomOutput(output)
      }
    }
  }

  #noteRoomOutput(output: Output): void {
    switch (output.type) {
      case 'joined':
        this.#noteJoined(output.room, output.position)
        break
      case 'left': {
        const stay = this.#stay(output.room)
        if (stay !== undefined) stay.to = output.position
        break
      }
      case 'message':
        this.#stay(output.room)!.delivered.push(output.message)
        break
      case 'gap':
        this.#stay(output.room)!.gaps.push({ after: output.after, next: output.next })
        break
      case 'hole':
        this.holes += 1
        this.#stay(output.room)!.hasHole = true
        break
    }
  }

  #noteJoined(room: string, from: Position): void {
    const stay = this.#stay(room)
    if (stay !== undefined) stay.hasHole = false
    else this.stays.push({ room, from, to: null, delivered: [], hasHole: false, gaps: [] })
  }

  #stay(room: string): Stay | undefined {
    return this.stays.find(stay => stay.room === room && stay.to === null)
  }

  #report(handle: SendHandle, report: Report): void {
    const reports = this.reports.get(handle)
    if (reports === undefined) this.reports.set(handle, [report])
    else reports.push(report)
  }

  #forgetSocket(): void {
    if (this.#socket !== null) this.#service.cut(this.#socket)
    this.#socket = null
  }
}
