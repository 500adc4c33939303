/** Short spellings for literal tests: frames of the service to feed, and outputs of the client as one line each. */

import type { RejectCode, ServiceFrame } from '../service/protocol.ts'
import { ChatClient, type ChatClientOptions, type Output } from './client.ts'

/** A place: `e1/5`. */
export type Place = `${string}/${number}`

function position(place: Place) {
  const [epoch, seq] = place.split('/') as [string, string]
  return { epoch, seq: Number(seq) }
}

function text(frame: ServiceFrame): string {
  return JSON.stringify(frame)
}

const room = 'lobby'

export const WELCOME = text({
  type: 'welcome',
  instance: 'chat-1',
  user: 'ada',
  limits: { textBytesMax: 20, frameBytesMax: 1_000, roomsMax: 10, inFlightMax: 3 },
})

export const joined = (place: Place, top: number, complete = true) =>
  text({ type: 'joined', room, position: position(place), complete, top })

export const left = (place: Place) => text({ type: 'left', room, position: position(place) })

export const message = (place: Place) =>
  text({ type: 'message', room, ...position(place), sentAt: 0, id: 'x.1/1', from: 'bob', text: 'hi' })

export const gap = (after: Place, next: Place) =>
  text({ type: 'gap', room, after: position(after), next: position(next), reason: 'trimmed' })

export const ack = (session: string, n: number, place: Place) =>
  text({ type: 'ack', room, session, n, ...position(place) })

export const unconfirmed = (session: string, n: number) => text({ type: 'unconfirmed', room, session, n })

export const reject = (
  session: string,
  n: number,
  code: RejectCode,
  more: { readonly last?: number; readonly generation?: number } = {},
) => text({ type: 'reject', room, session, n, code, ...more })

export const draining = text({ type: 'draining', closesInMs: 2_000 })

/** Each output as a line, in order. What is written begins with `>`. */
export function lines(outputs: readonly Output[]): string[] {
  return outputs.map(line)
}

function line(output: Output): string {
  switch (output.type) {
    case 'write':
      return `> ${frameLine(output.text)}`
    case 'state':
      return `state ${output.state}`
    case 'connect':
      return `connect after ${output.afterMs}${output.avoidInstance ? ' elsewhere' : ''}`
    case 'close':
      return `close ${output.code}`
    case 'ended':
      return `ended ${output.code} ${output.after}`
    case 'message':
      return `message ${place(output.message)}${output.isHistory ? ' history' : ''}`
    case 'joined':
      return `joined ${place(output.position)} top ${output.top}${output.complete ? '' : ' incomplete'}`
    case 'left':
      return `left ${output.position === null ? 'nowhere' : place(output.position)}`
    case 'duplicate':
      return `duplicate ${place(output.position)}`
    case 'hole':
    case 'gap':
      return `${output.type} ${place(output.after)} to ${place(output.next)}`
    case 'acked':
      return `acked ${output.handle} ${place(output.position)}`
    case 'rejected':
    case 'refused':
      return `${output.type} ${output.type === 'rejected' ? output.handle : output.room} ${output.code}`
    case 'unconfirmed':
      return `unconfirmed ${output.handle}`
    case 'welcome':
      return `welcome ${output.instance}`
    case 'draining':
      return `draining ${output.closesInMs}`
    case 'count':
      return `count ${output.connections} ${output.participants}`
    case 'error':
      return `error ${output.code}`
  }
}

function place({ epoch, seq }: { readonly epoch: string; readonly seq: number }): string {
  return `${epoch}/${seq}`
}

function frameLine(written: string): string {
  const frame = JSON.parse(written)
  if (frame.type === 'send') return `send ${frame.session}/${frame.n} ${frame.text}`
  if (frame.type === 'ping') return `ping ${frame.nonce}`
  if (frame.position) return `${frame.type} ${frame.room} ${place(frame.position)}`
  return frame.history === undefined
    ? `${frame.type} ${frame.room}`
    : `${frame.type} ${frame.room} history ${frame.history}`
}

/** Uniform in [0, 1), the same for the same seed. Mulberry32, by Tommy Ettinger, public domain. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Half of every ceiling, so that delays are round numbers: 50, 100, 200 … */
export const HALF = () => 0.5

export function newClient(options: Partial<ChatClientOptions> = {}): ChatClient {
  return new ChatClient({ sender: 's', random: HALF, ...options })
}

/** A client at time 0 with an open, welcomed connection and no room. */
export function openClient(options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = newClient(options)
  client.start(0)
  client.opened(0)
  client.frame(WELCOME, 0)
  return client
}

/** A client at time 0 that has joined `lobby` at e1/10, the top. */
export function joinedClient(options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = openClient(options)
  client.join(room, {}, 0)
  client.frame(joined('e1/10', 10), 0)
  return client
}

/** The connection ends with 1006 and the next one is welcomed at once. Answers what the client said to that welcome. */
export function reconnect(client: ChatClient, nowMs: number): string[] {
  client.closed(1006, nowMs)
  client.opened(nowMs)
  return lines(client.frame(WELCOME, nowMs)).filter(said => said.startsWith('>'))
}
