/** Resets every connection of clients to an instance at once. Evidence: one of the harness's own that was among them was reset. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Fault, NotFired } from './fault.ts'
import { untilConnected } from './link-use.ts'
import { lookFor } from './lookout.ts'

const RESET_MS_MAX = 1_000
const CONNECT_MS_MAX = 5_000

export const reconnectStorm: Fault<'reconnect-storm'> = {
  kind: 'reconnect-storm',
  undo: () => 'nothing, clients come back by themselves',

  prepare: ({ target }, context) => ({
    async inject() {
      const link = context.cluster.clientLink(target)
      await untilConnected(link, `no client is connected to ${target}`, context)
      const witness = await connected(link.port)
      try {
        // The proxy has it in its books a moment after the kernel, and others come meanwhile.
        await lookFor(context, CONNECT_MS_MAX, () => link.hasConnectionFrom(witness.localPort!) || null)
        const effectAtMs = context.now()
        const reset = link.reset()
        const isReset = await lookFor(context, RESET_MS_MAX, () => witness.errored !== null || null)
        if (isReset === null) {
          const waited = `waited ${RESET_MS_MAX / 1000} s for a connection of the harness to ${target} to be reset`
          throw new NotFired(`${waited} with all others, in vain`)
        }
        return { effectAtMs, evidence: `${reset - 1} connections of clients to ${target} were reset`, exit: null }
      } finally {
        witness.destroy()
      }
    },
    async heal() {},
  }),
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS_MAX) })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}
