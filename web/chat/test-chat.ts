/** Test support: a chat of ann on a socket of the test's own. */

import type { MessageFrame } from '../../service/protocol.ts'
import { Chat, type DeliveredMessage } from './chat.ts'
import { Outbox } from './outbox.ts'
import { SafeStore } from './safe-store.ts'
import { Storage } from './storage.ts'
import { settle, TestClock, TestSocket } from './test-page.ts'

/** A browser's store. */
export function memory(entries: Record<string, string> = {}) {
  const map = new Map(Object.entries(entries))
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  }
}

/** Connected to chat-1. `join` answers that a room is joined, its newest message being `seq`. */
export async function start(store = memory(), sender = 'page') {
  const clock = new TestClock()
  const sockets: TestSocket[] = []
  const delivered: DeliveredMessage[] = []
  const storage = new Storage(new SafeStore(store))
  const chat = new Chat({
    ...{ name: 'ann', addresses: ['ws://one/ws'], storage, clock, sender, random: () => 0.5 },
    outbox: new Outbox(new SafeStore(store), 'ann'),
    wallClockMs: () => 1_000,
    signIn: async () => ({ guest: 'ann' }),
    openSocket: (url, protocols) => {
      const socket = new TestSocket(url, protocols)
      sockets.push(socket)
      return socket
    },
    onDelivered: message => delivered.push(message),
    onAcked: () => {},
  })
  chat.start()
  await settle()
  clock.pass(0)
  const socket = sockets[0]!
  socket.greet('chat-1')
  const join = (room: string, seq = 0) =>
    socket.tell({ type: 'joined', room, position: { epoch: 'e', seq }, complete: true, top: seq })
  return { chat, clock, sockets, socket, storage, store, delivered, join }
}

export function frame(
  room: string,
  seq: number,
  from = 'bob',
  text = `text ${seq}`,
  id = `other.1/${seq}`,
): MessageFrame {
  return { type: 'message', room, epoch: 'e', seq, sentAt: seq, id, from, text }
}
