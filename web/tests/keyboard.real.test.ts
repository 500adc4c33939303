/** Everything by keyboard alone, and what the first visit costs. */

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserRig, SOON } from './browser-rig.ts'
import { Person } from './person.ts'

const SCRIPT_BYTES_MAX = 230 * 1000
const FIRST_PAINT_MS_MAX = 1000
/** Of Tab, until what is looked for has the focus. */
const TABS_MAX = 40

let rig: BrowserRig

beforeAll(async () => {
  rig = await BrowserRig.start({ instances: ['chat-1', 'chat-2'] })
}, 300_000)

afterAll(() => rig?.[Symbol.asyncDispose]())

/** Presses Tab until the element that has the focus is of this role and name. */
async function tabTo(page: Page, role: 'button' | 'link' | 'textbox', name: string | RegExp): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' })
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    const focused = page.locator(':focus')
    if ((await wanted.and(focused).count()) > 0) return expectVisibleFocus(page)
    await page.keyboard.press('Tab')
  }
  throw new Error(`no ${role} "${name}" got the focus by ${TABS_MAX} times Tab`)
}

/** The element, or what is around it, looks different with the focus than without. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const isDifferent = await page.evaluate<boolean>(LOOKS_DIFFERENT)
  expect(isDifferent, 'the focus can be seen').toBe(true)
}

/** Takes the focus away for a moment, and gives it back. Transitions are over at once meanwhile. */
const LOOKS_DIFFERENT = `(() => {
  const element = document.activeElement
  const around = [element, element.parentElement, element.parentElement.parentElement]
  const still = new CSSStyleSheet()
  still.replaceSync('* { transition: none !important }')
  const before = [...document.adoptedStyleSheets]
  document.adoptedStyleSheets = [...before, still]
  const look = () => around.map(one => {
    const { outlineStyle, outlineColor, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(one)
    return [outlineStyle, outlineColor, outlineWidth, boxShadow, borderColor, backgroundColor].join()
  }).join()
  const focused = look()
  element.blur()
  const blurred = look()
  element.focus({ focusVisible: true })
  document.adoptedStyleSheets = before
  return focused !== blurred
})()`

test('signs in, makes a room, talks over two lines, and changes rooms, all by keyboard', async () => {
  const context = await rig.browser.newContext()
  const ann = await Person.at(await context.newPage(), 'ann', 'garden')
  const { page } = ann
  await page.goto(rig.address())
  await tabTo(page, 'textbox', 'Name')
  await page.keyboard.type('ann')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Room name' }).first().waitFor()
  await tabTo(page, 'textbox', 'Room name')
  await page.keyboard.type('garden')
  await page.keyboard.press('Enter')
  await ann.untilJoined()
  // Who opens a room writes at once.
  await expect.poll(() => ann.composer.and(page.locator(':focus')).count(), SOON).toBe(1)
  await page.keyboard.type('first line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.keyboard.press('Enter')
  await ann.untilHeld(['first line\nsecond line'])
  expect(await ann.composer.inputValue()).toBe('')
  await page.keyboard.type('by the button')
  await tabTo(page, 'button', 'Send')
  await page.keyboard.press('Enter')
  await ann.untilHeld(['by the button'])

  await tabTo(page, 'textbox', 'Room name')
  await page.keyboard.type('kitchen')
  await page.keyboard.press('Enter')
  const rooms = page.getByRole('navigation', { name: 'Rooms' })
  await expect.poll(() => rooms.locator('[aria-current]').first().innerText(), SOON).toContain('kitchen')
  const garden = /^garden/
  await tabTo(page, (await rooms.getByRole('link', { name: garden }).count()) > 0 ? 'link' : 'button', garden)
  await page.keyboard.press('Enter')
  await expect.poll(() => rooms.locator('[aria-current]').first().innerText(), SOON).toContain('garden')
  expect(ann.complaints).toEqual([])
  await context.close()
})

test('the draft of a message is there after a reload, and so are the name and the room', async () => {
  const ann = await rig.open({ name: 'ann', room: 'draft' })
  await ann.composer.fill('not finished')
  await ann.page.reload()
  await ann.untilConnection('open')
  await expect.poll(() => ann.composer.inputValue(), SOON).toBe('not finished')
  await ann.page.context().close()
})

test('Enter while a word is being composed chooses the word, and sends nothing', async () => {
  const ann = await rig.open({ name: 'ann', room: 'words' })
  await ann.composer.fill('にほ')
  const isTaken = (init: object) =>
    ann.composer.evaluate((element, more) => {
      const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more })
      return !element.dispatchEvent(event)
    }, init)
  expect([await isTaken({ isComposing: true }), await isTaken({ keyCode: 229 })]).toEqual([false, false])
  expect(await ann.composer.inputValue()).toBe('にほ')
  expect(await isTaken({})).toBe(true)
  await ann.untilHeld(['にほ'])
  await ann.page.context().close()
})

test('tabs of one browser: two people keep their drafts apart, and one signs out in all of his', async () => {
  const context = await rig.browser.newContext()
  const ann = await rig.visit({ name: 'ann', room: 'shared' }, context)
  await ann.untilConnection('open')
  await ann.composer.fill('of ann alone')
  const ben = await rig.visit({ name: 'ben', room: 'shared' }, context)
  await ben.untilConnection('open')
  expect(await ben.composer.inputValue()).toBe('')
  const annToo = await rig.visit({ name: 'ann', room: 'shared' }, context)
  await annToo.untilConnection('open')
  expect(await annToo.composer.inputValue()).toBe('of ann alone')
  await annToo.page.getByRole('button', { name: 'Sign out' }).click()
  await ann.page.getByRole('button', { name: 'Join', exact: true }).waitFor()
  expect(await ben.composer.isVisible()).toBe(true)
  await context.close()
})

test('an unread message is marked at its room and in the title', async () => {
  const ann = await rig.open({ name: 'ann', room: 'read' })
  await ann.page.getByRole('textbox', { name: 'Room name' }).fill('other')
  await ann.page.keyboard.press('Enter')
  await expect.poll(() => ann.page.locator('nav [aria-current]').first().innerText(), SOON).toContain('other')
  const ben = await rig.open({ name: 'ben', room: 'read' })
  await ben.say('psst')
  await expect.poll(() => ann.page.title(), SOON).toContain('1')
  await expect.poll(() => ann.page.getByRole('navigation', { name: 'Rooms' }).innerText(), SOON).toMatch(/read\s*1/)
  await ann.page.context().close()
  await ben.page.context().close()
})

test('the first visit loads less than 230 kB of script, nothing from elsewhere, and paints within a second', async () => {
  const context = await rig.browser.newContext()
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  const scripts = new Map<string, number>()
  const elsewhere: string[] = []
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (type === 'Script') scripts.set(requestId, 0)
    if (!response.url.startsWith(rig.frontEnd.url)) elsewhere.push(response.url)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scripts.set(requestId, encodedDataLength)
  })
  await page.goto(rig.address(), { waitUntil: 'networkidle' })
  await page.getByRole('button', { name: 'Join', exact: true }).waitFor()
  const bytes = [...scripts.values()].reduce((sum, length) => sum + length, 0)
  const paintedMs = await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)
  console.log(
    `${scripts.size} scripts, ${(bytes / 1000).toFixed(1)} kB compressed; first contentful paint ${paintedMs.toFixed(0)} ms`,
  )
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThan(SCRIPT_BYTES_MAX)
  expect(paintedMs).toBeLessThan(FIRST_PAINT_MS_MAX)
  expect(elsewhere.filter(url => !url.startsWith('data:'))).toEqual([])
  await context.close()
})
