/** Test support: two people who type a message every so often, and what must be true of their pages afterwards. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Person } from './person.ts'

export const MESSAGES_PER_SECOND = 5
/** Of what should have been typed in the time: who types behind the clock catches up, unless the machine cannot. */
const TYPED_SHARE_MIN = 0.9

/** Types at that rate, open loop, until it is told to stop. Answers what was typed, in order. */
export function talk(person: Person): { stop(): Promise<readonly string[]> } {
  const texts: string[] = []
  let isOver = false
  const fromMs = performance.now()
  const talking = (async () => {
    while (!isOver) {
      const text = `${person.name} ${texts.length}`
      texts.push(text)
      await person.say(text)
      await sleep(Math.max(0, fromMs + (texts.length * 1000) / MESSAGES_PER_SECOND - performance.now()))
    }
  })()
  return {
    stop: async () => {
      isOver = true
      const seconds = (performance.now() - fromMs) / 1000
      await talking
      console.log(`${person.name} typed ${texts.length} messages in ${seconds.toFixed(1)} s`)
      expect(texts.length).toBeGreaterThan(seconds * MESSAGES_PER_SECOND * TYPED_SHARE_MIN)
      return texts
    },
  }
}

/** Everything is on both pages, once, in one order, and each one's own messages are in the order in which they were typed. */
export async function expectAllOnBoth(
  people: readonly Person[],
  texts: readonly (readonly string[])[],
  msMax: number,
): Promise<void> {
  const all = texts.flat()
  for (const person of people) await person.untilHeld(all, msMax)
  const [held, ...others] = await Promise.all(people.map(person => person.held()))
  for (const other of others) expect(other).toEqual(held)
  const heldTexts = held!.map(({ text }) => text)
  expect(heldTexts.toSorted()).toEqual(all.toSorted())
  for (const own of texts) expect(heldTexts.filter(text => own.includes(text))).toEqual(own)
}
