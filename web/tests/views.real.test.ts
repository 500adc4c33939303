/**
 * Every view, in light and dark: no violation of accessibility that axe knows of. With `SCREENSHOTS=1` pictures of them are written to
 * `docs/images/`, to be looked at and committed.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserRig, SOON } from './browser-rig.ts'
import type { Person } from './person.ts'

const IMAGES = join(import.meta.dirname, '../../docs/images')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }
/** So few that somebody who is away for a moment misses some for good. */
const LOG_LENGTH = 30
/** Of five messages each: Redis trims a log by hundreds. */
const CONVERSATIONS = 60
const SCHEMES = ['light', 'dark'] as const
type Scheme = (typeof SCHEMES)[number]

let rig: BrowserRig

beforeAll(async () => {
  rig = await BrowserRig.start({ instances: ['chat-1', 'chat-2'], environment: { LOG_LENGTH_MAX: String(LOG_LENGTH) } })
}, 300_000)

afterAll(() => rig?.[Symbol.asyncDispose]())

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

async function expectAccessible(page: Page): Promise<void> {
  // What fades in has another contrast until it is there.
  await page.evaluate('Promise.allSettled(document.getAnimations().map(({ finished }) => finished))')
  await page.evaluate(AXE)
  const violations = await page.evaluate<Violation[]>('axe.run(document).then(({ violations }) => violations)')
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
  )
  expect(told).toEqual([])
}

async function picture(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS === '1') await page.screenshot({ path: join(IMAGES, `chat-${name}.png`) })
}

/** A conversation of a few people in the room, as far as it is there already. */
async function converse(room: string, instance: string): Promise<void> {
  const lines: [string, string][] = [
    ['grace', 'The new release is on its way: chat-1 first, then chat-2.'],
    ['linus', 'Saw it drain. I was on chat-1, and am on chat-2 now, and nothing was missing.'],
    ['grace', 'That was the idea.\nNotes are at https://example.org/release-notes'],
    ['ada', 'And if I pull the plug?'],
    ['linus', 'Then it is Tuesday.'],
  ]
  for (const [name, text] of lines) {
    const response = await fetch(`${rig.instances.get(instance)!.url}/rooms/${room}/messages?guest=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ text }),
    })
    expect(response.ok).toBe(true)
  }
}

async function openConversation(room: string, scheme: Scheme, viewport = DESKTOP): Promise<Person> {
  await converse(room, 'chat-1')
  const ada = await rig.openOn('chat-2', { name: 'ada', room, context: { viewport, colorScheme: scheme } })
  await ada.say('I will try it.')
  await expect.poll(() => ada.stateOf('I will try it.'), SOON).toBe('sent')
  return ada
}

test.each(SCHEMES)('sign-in, %s', async scheme => {
  const context = await rig.browser.newContext({ colorScheme: scheme, viewport: DESKTOP })
  const page = await context.newPage()
  await page.goto(rig.address())
  await page.getByRole('button', { name: 'Join', exact: true }).waitFor()
  await expectAccessible(page)
  await picture(page, `sign-in-${scheme}`)
  await context.close()
})

test.each(SCHEMES)('nothing at this address, %s', async scheme => {
  const context = await rig.browser.newContext({ colorScheme: scheme, viewport: DESKTOP })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text())
  })
  await page.goto(`${rig.frontEnd.url}/no/such/page`)
  await page.getByRole('link', { name: 'Go to the chat' }).waitFor()
  await expectAccessible(page)
  expect(complaints).toEqual([])
  await context.close()
})

test('without JavaScript the page says that it needs it', async () => {
  const context = await rig.browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(rig.address())
  // By its element: a search by text passes over what only such browsers show.
  const note = page.locator('noscript p')
  await note.waitFor()
  expect(await note.innerText()).toContain('needs JavaScript')
  await context.close()
})

test.each(SCHEMES)('no room yet, %s', async scheme => {
  const context = await rig.browser.newContext({ colorScheme: scheme, viewport: DESKTOP })
  const page = await context.newPage()
  await page.goto(rig.address({ name: 'ada' }))
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor()
  await expectAccessible(page)
  await context.close()
})

test.each(SCHEMES)('a conversation on a desk, %s', async scheme => {
  const ada = await openConversation(`desk-${scheme}`, scheme)
  await expectAccessible(ada.page)
  await picture(ada.page, `desktop-${scheme}`)
  expect(ada.complaints).toEqual([])
  await ada.page.context().close()
})

test.each(SCHEMES)('a conversation on a phone, %s', async scheme => {
  const ada = await openConversation(`phone-${scheme}`, scheme, PHONE)
  await expectAccessible(ada.page)
  await picture(ada.page, `phone-${scheme}`)
  const [width, shown] = await ada.page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
  expect(width).toBeLessThanOrEqual(shown)
  await ada.page.context().close()
})

test.each(SCHEMES)('reconnecting, and a gap, %s', async scheme => {
  const room = `gap-${scheme}`
  const ada = await openConversation(room, scheme)
  await ada.page.context().setOffline(true)
  await ada.untilConnection('offline')
  await ada.say('Said from a tunnel.')
  await expectAccessible(ada.page)
  await picture(ada.page, `offline-${scheme}`)
  await Promise.all(Array.from({ length: CONVERSATIONS }, () => converse(room, 'chat-1')))
  await ada.page.context().setOffline(false)
  await ada.untilConnection('open')
  // Above the messages that came after it, out of sight: the page stays at its end.
  const gap = ada.log.locator('[data-gap]')
  await ada.log.hover()
  const tellsOfIt = async () => {
    await ada.page.mouse.wheel(0, -DESKTOP.height / 2)
    return gap.count()
  }
  await expect.poll(tellsOfIt, SOON).toBe(1)
  expect(await gap.getAttribute('role')).toBe('note')
  expect((await gap.innerText()).trim()).not.toBe('')
  await gap.scrollIntoViewIfNeeded()
  await expectAccessible(ada.page)
  await picture(ada.page, `gap-${scheme}`)
  await ada.page.context().close()
})

test.each(SCHEMES)('while no instance is there, %s', async scheme => {
  const ada = await openConversation(`alone-${scheme}`, scheme)
  for (const instance of rig.instances.values()) instance.signal('SIGKILL')
  await ada.untilConnection('waiting')
  await ada.say('Is anybody there?')
  await expectAccessible(ada.page)
  // The longer it takes the longer it waits, and a wait that can be read is in the picture.
  await ada.page.waitForTimeout(1500)
  await ada.untilConnection('waiting')
  await picture(ada.page, `reconnecting-${scheme}`)
  await ada.page.reload()
  await expect.poll(() => ada.stateOf('Is anybody there?'), SOON).toBe('failed')
  await expectAccessible(ada.page)
  await picture(ada.page, `failed-${scheme}`)
  for (const name of rig.instances.keys()) {
    await rig.instances.get(name)!.exited
    await rig.startAgain(name)
  }
  await ada.untilConnection('open')
  await ada.page.context().close()
})
