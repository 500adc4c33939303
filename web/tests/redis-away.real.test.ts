/** Redis is a black hole for ten seconds while two people type: nothing is lost that was ever shown as sent. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TcpProxy } from '../../harness/proxy/tcp-proxy.ts'
import { BrowserRig } from './browser-rig.ts'
import { talk } from './talkers.ts'

const HOLE_MS = 10_000
const ROOM = 'hole'
/** A page gives a message up after a minute. */
const SETTLE_MS_MAX = 75_000

let rig: BrowserRig
let proxy: TcpProxy

beforeAll(async () => {
  rig = await BrowserRig.start({
    instances: ['chat-1', 'chat-2'],
    redisUrl: async redis => {
      proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
      return `redis://127.0.0.1:${proxy.port}`
    },
  })
}, 300_000)

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
  await proxy?.[Symbol.asyncDispose]()
})

/** Notes every text that is ever shown as sent, also for a moment. */
const NOTE_SENT = `
  window.everSent = new Set()
  const note = () => {
    for (const text of document.querySelectorAll('[data-message][data-state="sent"] [data-text]')) window.everSent.add(text.textContent)
  }
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] })
`

test('what was shown as sent is in the log and on both pages', { timeout: 180_000 }, async () => {
  const people = [
    await rig.openOn('chat-1', { name: 'ann', room: ROOM }),
    await rig.openOn('chat-2', { name: 'ben', room: ROOM }),
  ]
  for (const { page } of people) await page.evaluate(NOTE_SENT)
  const talks = people.map(talk)
  await sleep(2000)
  const hole = proxy.inject({ toTarget: { isBlackHole: true }, fromTarget: { isBlackHole: true } })
  await sleep(HOLE_MS)
  hole.heal()
  await sleep(2000)
  const texts = (await Promise.all(talks.map(one => one.stop()))).flat()
  // Each has come to an end: sent, or failed with a word to the person.
  for (const { log } of people) {
    await expect.poll(() => log.locator('[data-state="sending"]').count(), { timeout: SETTLE_MS_MAX }).toBe(0)
  }
  const sent: string[] = []
  for (const { page } of people) sent.push(...(await page.evaluate<string[]>('[...window.everSent]')))
  expect(sent.length).toBeGreaterThan(20)
  for (const person of people) await person.untilHeld(sent)
  const logged = (await rig.redis.logOf(ROOM)).map(({ text }) => text)
  expect(sent.filter(text => !logged.includes(text))).toEqual([])
  const [first, second] = await Promise.all(people.map(person => person.held()))
  expect(first).toEqual(second)
  expect(first!.map(({ text }) => text)).toEqual(logged)
  expect(new Set(logged).size).toBe(logged.length)
  expect(logged.filter(text => !texts.includes(text))).toEqual([])
})
