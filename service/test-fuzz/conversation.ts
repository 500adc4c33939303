/** Test support: well-behaved clients that talk in one room for as long as something else goes on, and count what comes. */

import { TestClient } from '../test-client.ts'
import type { TestInstance } from '../test-cluster.ts'

/** Between two messages of one of them: enough to notice everything, and little beside what else goes on. */
const PAUSE_MS = 20

export class Conversation {
  readonly room: string
  readonly clients: readonly TestClient[]
  readonly #talking: Promise<void>[]
  #isOver = false
  #said = 0

  private constructor(room: string, clients: readonly TestClient[]) {
    this.room = room
    this.clients = clients
    this.#talking = clients.map((client, index) => this.#talk(client, `calm${index}.1`))
    // Whoever asks for the end is told of a failure; until then it waits.
    for (const talk of this.#talking) talk.catch(() => {})
  }

  static async begin(instance: TestInstance, room: string, count: number): Promise<Conversation> {
    const users = Array.from({ length: count }, (_, index) => `calm${index}`)
    return new Conversation(room, await Promise.all(users.map(user => TestClient.joined(instance, room, user))))
  }

  /** Throws where one of them got anything but an ack, was closed, or did not get each message once and in the one order. */
  async end(): Promise<{ readonly messages: number }> {
    this.#isOver = true
    await Promise.all(this.#talking)
    const heard = await Promise.all(this.clients.map(client => client.untilMessages(this.room, this.#said)))
    heard.forEach((messages, index) => {
      const wrong = messages.findIndex(({ seq, id }, place) => seq !== place + 1 || id !== heard[0]![place]!.id)
      if (messages.length !== this.#said || wrong >= 0 || this.clients[index]!.isClosed)
        throw new Error(
          `well-behaved client ${index} got ${messages.length} of ${this.#said} messages, the first wrong one at ${wrong}`,
        )
    })
    if (new Set(heard[0]!.map(({ id }) => id)).size !== this.#said)
      throw new Error('a message stands twice in the room')
    return { messages: this.#said }
  }

  async #talk(client: TestClient, session: string): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const answer = await client.say({ room: this.room, session, n, text: `${session}/${n}` })
      if (answer.type !== 'ack') throw new Error(`well-behaved, and told ${JSON.stringify(answer)}`)
      this.#said++
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
}
