/** People who talk: on two instances, from several tabs, and some of them with bad intentions. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserRig, SOON } from './browser-rig.ts'

/** A tab that is closed says so; what remains is the way through Redis. */
const COUNTS_MS_MAX = 12_000

let rig: BrowserRig

beforeAll(async () => {
  rig = await BrowserRig.start({ instances: ['chat-1', 'chat-2'] })
}, 300_000)

afterAll(() => rig?.[Symbol.asyncDispose]())

test('two people on two instances see the same messages in the same order', async () => {
  const ann = await rig.openOn('chat-1', { name: 'ann', room: 'two' })
  const ben = await rig.openOn('chat-2', { name: 'ben', room: 'two' })
  const texts = Array.from({ length: 20 }, (_, index) => `${index % 2 === 0 ? 'ann' : 'ben'} says ${index}`)
  await Promise.all(
    [ann, ben].map(async person => {
      for (const text of texts.filter(text => text.startsWith(person.name))) await person.say(text)
    }),
  )
  await ann.untilHeld(texts)
  await ben.untilHeld(texts)
  expect(await ann.held()).toEqual(await ben.held())
  expect((await ann.heldTexts()).toSorted()).toEqual(texts.toSorted())
  // What is drawn is a stretch of what is held, the end of it.
  for (const person of [ann, ben]) {
    const shown = await person.shownTexts()
    expect(shown.length).toBeGreaterThan(5)
    expect(shown).toEqual((await person.heldTexts()).slice(-shown.length))
    expect(person.complaints).toEqual([])
  }
  expect(await ann.stateOf('ann says 18')).toBe('sent')
  expect(await ann.stateOf('ben says 19')).toBe('received')
  for (const person of [ann, ben]) await person.page.context().close()
})

test('both counts follow the tabs that are opened and closed', async () => {
  const ann = await rig.openOn('chat-1', { name: 'ann', room: 'tabs' })
  await ann.untilCounts(1, 1)
  const second = await rig.visit({ name: 'ann', room: 'tabs' }, ann.page.context())
  await ann.untilCounts(2, 1)
  const ben = await rig.openOn('chat-2', { name: 'ben', room: 'tabs' })
  await ann.untilCounts(3, 2)
  await ben.untilCounts(3, 2)
  await second.page.close()
  await ann.untilCounts(2, 2, COUNTS_MS_MAX)
  await ben.page.close()
  await ann.untilCounts(1, 1, COUNTS_MS_MAX)
  await ann.page.context().close()
  await ben.page.context().close()
})

test('today becomes yesterday at midnight, on a page that nobody touches', async () => {
  const context = await rig.browser.newContext()
  await context.clock.install()
  const ann = await rig.visit({ name: 'ann', room: 'midnight' }, context)
  await ann.untilConnection('open')
  await ann.say('good night')
  const day = ann.page.locator('[data-day]')
  await expect.poll(() => day.innerText(), SOON).toBe('Today')
  await context.clock.fastForward('24:00:00')
  await expect.poll(() => day.innerText(), SOON).toBe('Yesterday')
  await context.close()
})

const ATTACKS = [
  '<img src=x onerror="window.hurt = 1">',
  '<script>window.hurt = 2</script>',
  '"><svg onload="window.hurt = 3">',
  'javascript:window.hurt=4',
  '[a link](javascript:window.hurt=5)',
  'http://example.org/"onmouseover="window.hurt=6',
  '{{constructor.constructor("window.hurt=7")()}}',
  'data:text/html,<script>window.hurt=8</script>',
]

test('texts that would do harm are shown as texts', async () => {
  const ann = await rig.open({ name: 'ann', room: 'harm' })
  const ben = await rig.open({ name: 'ben', room: 'harm' })
  for (const attack of ATTACKS) await ann.say(attack)
  for (const person of [ann, ben]) {
    await person.untilHeld(ATTACKS)
    await expect.poll(() => person.shownTexts(), SOON).toEqual(ATTACKS)
    expect(await person.page.evaluate('window.hurt')).toBeUndefined()
    const addresses = await person.page.evaluate<string[]>(`[...document.links].map(link => link.href)`)
    expect(addresses.filter(address => !/^https?:/.test(address))).toEqual([])
    const attributes = await person.page.evaluate(
      `[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))`,
    )
    expect(attributes).toEqual([])
    expect(await person.log.locator('img, script').count()).toBe(0)
    expect(person.complaints).toEqual([])
    await person.page.context().close()
  }
})

const HARM = '<img src=x onerror=window.hurt=1>'

test.each([
  ['name', { name: HARM, room: 'harm' }],
  ['room', { name: 'cyd', room: HARM }],
])('a %s in the address that would do harm does none', async (_, visit) => {
  const context = await rig.browser.newContext()
  const person = await rig.visit(visit, context)
  // As a text of the page, or in the field where it can be put right.
  const shown = `document.body.innerText + [...document.querySelectorAll('input')].map(input => input.value)`
  await expect.poll(() => person.page.evaluate<string>(shown), SOON).toContain(HARM)
  expect(await person.page.evaluate('window.hurt')).toBeUndefined()
  expect(await person.page.locator('img[src="x"]').count()).toBe(0)
  expect(person.complaints).toEqual([])
  await context.close()
})
