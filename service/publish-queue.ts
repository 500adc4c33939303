/**
 * Messages that come in one turn of the event loop for one room go into its log together: one script, one hint to the instances. Nobody waits for
 * it, since commands of a turn are written at its end anyway.
 */

/** In one script: some tenths of a millisecond of Redis' time, which is a short wait for everybody else. */
export const BATCH_MESSAGES_MAX = 64
/** Characters of text in one script, of which each gets at least one message. */
const BATCH_LENGTH_MAX = 65_536

export interface Queued<Message, Answer> {
  readonly message: Message
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

interface Batch<Message, Answer> {
  readonly queued: Queued<Message, Answer>[]
  length: number
}

/** Writes a room's messages in their order, and answers each. */
type Write<Message, Answer> = (room: string, messages: readonly Message[]) => Promise<readonly Answer[]>

export class PublishQueue<Message extends { readonly room: string; readonly text: string }, Answer> {
  readonly #write: Write<Message, Answer>
  #batches = new Map<string, Batch<Message, Answer>>()

  constructor(write: Write<Message, Answer>) {
    this.#write = write
  }

  /** Resolves with the answer to this message. Rejects with what the writing of its batch throws. */
  add(message: Message): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const batch = this.#batchFor(message)
      batch.queued.push({ message, resolve, reject })
      batch.length += message.text.length
    })
  }

  /** The room's batch of this turn; where it is full, it is written before the next one begins. */
  #batchFor({ room, text }: Message): Batch<Message, Answer> {
    const known = this.#batches.get(room)
    if (known !== undefined) {
      if (known.queued.length < BATCH_MESSAGES_MAX && known.length + text.length <= BATCH_LENGTH_MAX) return known
      void this.#writeBatch(room, known)
    }
    if (this.#batches.size === 0) setImmediate(() => this.#endTurn())
    const batch: Batch<Message, Answer> = { queued: [], length: 0 }
    this.#batches.set(room, batch)
    return batch
  }

  #endTurn(): void {
    const batches = this.#batches
    this.#batches = new Map()
    for (const [room, batch] of batches) void this.#writeBatch(room, batch)
  }

  async #writeBatch(room: string, { queued }: Batch<Message, Answer>): Promise<void> {
    try {
      const answers = await this.#write(
        room,
        queued.map(({ message }) => message),
      )
      for (const [index, { resolve }] of queued.entries()) resolve(answers[index]!)
    } catch (error) {
      for (const { reject } of queued) reject(error)
    }
  }
}
