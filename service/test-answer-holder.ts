/**
 * Test support: a way to Redis on which the answers to an instance's commands can be held back, while what its channels say comes
 * through. The two are different connections, so nothing but luck keeps them in step.
 */

import { connect, createServer, type Server, type Socket } from 'node:net'

const HOST = '127.0.0.1'
/** By which an instance introduces the connection of its commands. */
const COMMANDS_NAME = 'tuesday-commands'

export class TestAnswerHolder implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Redis' ends of the connections for commands. */
  readonly #answering = new Set<Socket>()

  private constructor(redisPort: number) {
    this.#server = createServer(client => {
      const redis = connect({ host: HOST, port: redisPort })
      client.on('data', chunk => {
        if (String(chunk).includes(COMMANDS_NAME)) this.#answering.add(redis)
        redis.write(chunk)
      })
      redis.on('data', chunk => client.write(chunk))
      for (const socket of [client, redis]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          client.destroy()
          redis.destroy()
        })
      }
    })
  }

  static async listen(redisPort: number): Promise<TestAnswerHolder> {
    const holder = new TestAnswerHolder(redisPort)
    await new Promise<void>(resolve => holder.#server.listen(0, HOST, resolve))
    return holder
  }

  get url(): string {
    return `redis://${HOST}:${(this.#server.address() as { port: number }).port}`
  }

  hold(): void {
    for (const socket of this.#answering) socket.pause()
  }

  release(): void {
    for (const socket of this.#answering) socket.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
