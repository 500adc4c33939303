/**
 * Sends back whatever it is sent: the far end of the load workers' noise probes, in the coordinator's process. It stands for a service that
 * does nothing.
 */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

const HOST = '127.0.0.1'

export class EchoServer implements Disposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens at a free port. */
  static async start(): Promise<EchoServer> {
    const server = createServer({ noDelay: true })
    const echo = new EchoServer(server)
    server.on('connection', socket => echo.#serve(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, HOST, resolve)
    })
    return echo
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  [Symbol.dispose](): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('data', bytes => socket.write(bytes))
    socket.on('close', () => this.#sockets.delete(socket))
    // A worker that was killed resets it.
    socket.on('error', () => {})
  }
}
