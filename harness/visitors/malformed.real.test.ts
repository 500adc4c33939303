/** What a party of malformed input makes of answers that are wrong, late or none. */

import { expect, it } from 'vitest'
import { Malformed } from './malformed.ts'
import type { MalformedInput } from './malformed-inputs.ts'

const ORDER = { host: '127.0.0.1', port: 1, inputsPerSecond: 200, seed: 7, msMax: 5_000 }

function input(name: string, send: MalformedInput['send']): MalformedInput {
  return { name, due: 'a shrug', send }
}

const right = input('right', async () => 'a shrug')

it('begins once every kind was answered, also where it took several tries', async () => {
  let tries = 0
  const slow = input('slow', async () => (++tries < 3 ? null : 'a shrug'))
  const party = new Malformed(0, ORDER, [right, slow])
  expect(await party.begin()).toEqual({ kinds: 2, kindsAnswered: 2, wrong: [], firstFailure: 'slow got no answer' })
  const { inputs, answered, failed, wrong } = await party.end()
  expect([failed, wrong]).toEqual([2, []])
  expect(answered).toBe(inputs - failed)
})

it('tells of an answer that is not due, and goes on', async () => {
  const odd = input('odd', async () => 'a smile')
  const party = new Malformed(0, ORDER, [odd, right])
  const told = 'odd: due is a shrug, came a smile'
  expect(await party.begin()).toEqual({ kinds: 2, kindsAnswered: 2, wrong: [told], firstFailure: null })
  expect((await party.end()).wrong[0]).toBe(told)
})

it('gives up waiting for a kind that nobody answers', async () => {
  const never = input('never', async () => null)
  const party = new Malformed(0, { ...ORDER, msMax: 300 }, [right, never])
  expect(await party.begin()).toMatchObject({ kinds: 2, kindsAnswered: 1, firstFailure: 'never got no answer' })
  await party.end()
})

it('gives each input a name of its own, and ends only once all have come back', async () => {
  const guests: string[] = []
  let open = 0
  const lasting = input('lasting', async (_, guest) => {
    guests.push(guest)
    open++
    await new Promise(resolve => setTimeout(resolve, 100))
    open--
    return 'a shrug'
  })
  const party = new Malformed(3, ORDER, [lasting])
  await party.begin()
  const { inputs } = await party.end()
  expect([open, new Set(guests).size]).toEqual([0, inputs])
  expect(guests[0]).toBe('visitor-3-0')
})
