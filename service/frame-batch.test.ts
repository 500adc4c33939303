import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { FrameBatch } from './frame-batch.ts'

/** Of ws, which does not type it: reads frames. */
interface Receiver {
  on(event: 'message', heard: (data: Buffer, isBinary: boolean) => void): void
  on(event: 'error' | 'finish', heard: (error: Error) => void): void
  end(bytes: Buffer): void
}

const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Receiver }

/** What ws, as a client, makes of the bytes. */
function readByWs(bytes: Buffer): Promise<string[]> {
  const texts: string[] = []
  const receiver = new Receiver({ isServer: false })
  return new Promise((resolve, reject) => {
    receiver.on('message', (data, isBinary) => texts.push(isBinary ? 'binary' : String(data)))
    receiver.on('error', reject)
    receiver.on('finish', () => resolve(texts))
    receiver.end(bytes)
  })
}

describe('a batch of frames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('puts a text of %i bytes on the wire', async length => {
    const texts = ['x'.repeat(length), 'the next']
    expect(await readByWs(new FrameBatch(texts).bytes)).toEqual(texts)
  })

  it('is what ws reads as the very same texts in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 20 }), async texts => {
        const expected = texts.map(text => Buffer.from(text).toString())
        expect(await readByWs(new FrameBatch(texts).bytes)).toEqual(expected)
      }),
    )
  })

  it('is encoded once', () => {
    const batch = new FrameBatch(['once'])
    expect(batch.bytes).toBe(batch.bytes)
  })
})
