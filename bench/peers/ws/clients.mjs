/**
 * The reference for load generators in Node: clients of the package `ws`, as its documentation has it, that join a room and only count what they
 * receive. Environment: PORT, CLIENTS, HELLO, SUBPROTOCOL, MESSAGE_BYTES_MIN. Tells its parent {connected, received} every 100 ms.
 */

import { WebSocket } from 'ws'

const { PORT, CLIENTS, HELLO, SUBPROTOCOL, MESSAGE_BYTES_MIN } = process.env
const messageBytesMin = Number(MESSAGE_BYTES_MIN)
const CONNECTS_PER_STEP = 20
const STEP_MS = 20

let connected = 0
let received = 0

function connectOne(number) {
  const socket = new WebSocket(`ws://127.0.0.1:${PORT}/ws?guest=w${number}`, SUBPROTOCOL, { perMessageDeflate: false })
  socket.on('open', () => socket.send(HELLO))
  socket.on('message', data => {
    if (data.length >= messageBytesMin) received++
    else if (data.toString().startsWith('{"type":"joined"')) connected++
  })
}

let begun = 0
const connecting = setInterval(() => {
  for (let step = 0; step < CONNECTS_PER_STEP && begun < Number(CLIENTS); step++) connectOne(begun++)
  if (begun >= Number(CLIENTS)) clearInterval(connecting)
}, STEP_MS)

setInterval(() => process.send({ connected, received }), 100)
process.on('disconnect', () => process.exit(0))
