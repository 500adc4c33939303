import { expect, it } from 'vitest'
import { BATCH_MESSAGES_MAX, PublishQueue } from './publish-queue.ts'

interface Message {
  readonly room: string
  readonly text: string
}

class TestWriter {
  readonly batches: string[] = []
  readonly queue = new PublishQueue<Message, string>(async (room, messages) => {
    this.batches.push(`${room}: ${messages.map(({ text }) => text.slice(0, 3)).join(' ')}`)
    if (room === 'away') throw new Error('Redis is away')
    return messages.map(({ text }) => `${text} in ${room}`)
  })

  add(room: string, text: string): Promise<string> {
    return this.queue.add({ room, text })
  }
}

it('writes the messages of one turn together, room by room and in their order, and answers each', async () => {
  const writer = new TestWriter()
  const answers = [writer.add('r', 'a'), writer.add('s', 'b'), writer.add('r', 'c')]
  expect(writer.batches).toEqual([])
  expect(await Promise.all(answers)).toEqual(['a in r', 'b in s', 'c in r'])
  expect(writer.batches).toEqual(['r: a c', 's: b'])
  expect(await writer.add('r', 'd')).toBe('d in r')
  expect(writer.batches).toEqual(['r: a c', 's: b', 'r: d'])
})

it('tells everybody of a batch that could not be written, and nobody else', async () => {
  const writer = new TestWriter()
  const answers = await Promise.allSettled([writer.add('away', 'a'), writer.add('r', 'b'), writer.add('away', 'c')])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
})

it('begins another batch where one has as many messages, or as long ones, as a script may have', async () => {
  const writer = new TestWriter()
  const numbers = Array.from({ length: BATCH_MESSAGES_MAX + 1 }, (_, number) => String(number))
  await Promise.all(numbers.map(number => writer.add('r', number)))
  expect(writer.batches).toEqual([`r: ${numbers.slice(0, -1).join(' ')}`, `r: ${numbers.at(-1)}`])
  writer.batches.length = 0
  await Promise.all(['a', 'b', 'c'].map(letter => writer.add('s', letter.repeat(30_000))))
  await writer.add('s', 'd'.repeat(100_000))
  expect(writer.batches).toEqual(['s: aaa bbb', 's: ccc', 's: ddd'])
})
