/**
 * Two people who type five messages a second each, while instances go. `WEB_FAULT_SECONDS=60`: for so long; a few seconds unless it is set.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserRig, SOON } from './browser-rig.ts'
import type { Person } from './person.ts'
import { expectAllOnBoth, talk } from './talkers.ts'

const SECONDS = Number(process.env.WEB_FAULT_SECONDS ?? 9)
/** Backoff of up to 5 s, on a busy machine. */
const SETTLE_MS_MAX = 30_000
const INSTANCES = ['chat-1', 'chat-2', 'chat-3']

let rig: BrowserRig

beforeAll(async () => {
  // Long enough to be seen, short enough for a test.
  rig = await BrowserRig.start({ instances: INSTANCES, environment: { DRAIN_SPREAD_MS: '1500' } })
}, 300_000)

afterAll(() => rig?.[Symbol.asyncDispose]())

async function openBoth(room: string): Promise<[Person, Person]> {
  return [await rig.openOn('chat-1', { name: 'ann', room }), await rig.openOn('chat-2', { name: 'ben', room })]
}

async function closeBoth(people: readonly Person[]): Promise<void> {
  for (const person of people) {
    expect(person.complaints).toEqual([])
    await person.page.context().close()
  }
}

test('a rolling restart', { timeout: SECONDS * 1000 + 120_000 }, async () => {
  const people = await openBoth('rolling')
  const talks = people.map(talk)
  const untilMs = performance.now() + SECONDS * 1000
  do {
    for (const name of INSTANCES) await rig.restart(name, 'SIGTERM')
  } while (performance.now() < untilMs)
  const texts = await Promise.all(talks.map(one => one.stop()))
  await expectAllOnBoth(people, texts, SETTLE_MS_MAX)
  for (const person of people) {
    // An instance with few connections closes the first of them at once, too fast for `draining` to be drawn.
    const states = await person.statesSeen()
    const sinceOpen = states.slice(states.indexOf('open') + 1)
    expect(sinceOpen.some(state => ['draining', 'waiting', 'connecting'].includes(state))).toBe(true)
    await person.untilConnection('open')
  }
  await closeBoth(people)
})

test('SIGKILL of the instance that one is connected to', { timeout: SECONDS * 1000 + 120_000 }, async () => {
  const people = await openBoth('killed')
  const talks = people.map(talk)
  const untilMs = performance.now() + SECONDS * 1000
  do {
    await sleep(1500)
    const { instance } = await people[0].connection()
    if (rig.instances.has(instance)) await rig.restart(instance, 'SIGKILL')
  } while (performance.now() < untilMs)
  const texts = await Promise.all(talks.map(one => one.stop()))
  await expectAllOnBoth(people, texts, SETTLE_MS_MAX)
  const states = await people[0].statesSeen()
  expect(states.some(state => state === 'waiting' || state === 'connecting')).toBe(true)
  await closeBoth(people)
})

test('a message that is sent while there is no instance arrives once when there is one', {
  timeout: 120_000,
}, async () => {
  const people = await openBoth('away')
  const [ann, ben] = people
  await ann.say('before')
  await ben.untilHeld(['before'])
  for (const name of INSTANCES) rig.instances.get(name)!.signal('SIGKILL')
  for (const name of INSTANCES) await rig.instances.get(name)!.exited
  // Between two waits it tries, and says so.
  await expect.poll(async () => (await ann.connection()).text, SOON).toMatch(/reconnect/i)
  await ann.say('while nobody is there')
  expect(await ann.stateOf('while nobody is there')).toBe('sending')
  for (const name of INSTANCES) await rig.startAgain(name)
  await ben.untilHeld(['while nobody is there'], SETTLE_MS_MAX)
  await ann.untilHeld(['while nobody is there'], SETTLE_MS_MAX)
  await expect.poll(() => ann.stateOf('while nobody is there'), SOON).toBe('sent')
  for (const person of people) expect(await person.heldTexts()).toEqual(['before', 'while nobody is there'])
  await closeBoth(people)
})

test('a reload while a message is under way asks first, and the message is there after it, to be sent again', {
  timeout: 120_000,
}, async () => {
  const people = await openBoth('reloaded')
  const [ann, ben] = people
  for (const name of INSTANCES) rig.instances.get(name)!.signal('SIGKILL')
  for (const name of INSTANCES) await rig.instances.get(name)!.exited
  await ann.untilConnection('waiting')
  await ann.say('not yet')
  await ann.page.reload()
  expect(ann.leaveQuestions).toBe(1)
  await expect.poll(() => ann.stateOf('not yet'), SOON).toBe('failed')
  for (const name of INSTANCES) await rig.startAgain(name)
  await ann.untilConnection('open')
  expect(await ann.stateOf('not yet')).toBe('failed')
  await ann.page.getByRole('button', { name: 'Retry' }).click()
  for (const person of people) await person.untilHeld(['not yet'], SETTLE_MS_MAX)
  await expect.poll(() => ann.stateOf('not yet'), SOON).toBe('sent')
  await ann.page.reload()
  await ann.untilConnection('open')
  await expect.poll(() => ann.shownTexts(), SOON).toEqual(['not yet'])
  expect(ann.leaveQuestions).toBe(1)
  for (const person of people) expect(await person.heldTexts()).toEqual(['not yet'])
  await closeBoth([ben, ann])
})

test('a page whose network is gone says so, and what is sent meanwhile arrives once', {
  timeout: 120_000,
}, async () => {
  const people = await openBoth('offline')
  const [ann, ben] = people
  await ann.page.context().setOffline(true)
  await ann.untilConnection('offline')
  await ann.say('from the tunnel')
  await ann.page.context().setOffline(false)
  await ann.untilConnection('open')
  await ben.untilHeld(['from the tunnel'], SETTLE_MS_MAX)
  await expect.poll(() => ann.stateOf('from the tunnel'), SOON).toBe('sent')
  for (const person of people) expect(await person.heldTexts()).toEqual(['from the tunnel'])
  await closeBoth(people)
})
