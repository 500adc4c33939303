/** Ten thousand messages of history: how smoothly they scroll, and what they cost. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserRig } from './browser-rig.ts'
import type { Person } from './person.ts'

const ROOM = 'long'
const MESSAGES = 10_000
const AT_ONCE = 200
const FRAMES_PER_SECOND_MIN = 50
/** Of the page's script. Ten thousand short messages are some 3 MB of it. */
const HEAP_MIB_MAX = 64
/** A screen of messages and some above and below, far from ten thousand. */
const MESSAGES_DRAWN_MAX = 200
const SCROLL_MS = 4000
/** Of a message that is being read, while others come in above it; rounding moves it by one or two. */
const MOVED_PX_MAX = 4
const LOAD_MS_MAX = 60_000

let rig: BrowserRig
let ann: Person

beforeAll(async () => {
  rig = await BrowserRig.start({ instances: ['chat-1'], environment: { LOG_LENGTH_MAX: String(2 * MESSAGES) } })
  for (let from = 0; from < MESSAGES; from += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => {
        const text = `message ${from + index} ${'and so on '.repeat((from + index) % 12)}`
        return rig.redis.appendWithoutHint(ROOM, text)
      }),
    )
  }
  ann = await rig.open({ name: 'ann', room: ROOM, context: { viewport: { width: 1280, height: 800 } } })
}, 300_000)

afterAll(() => rig?.[Symbol.asyncDispose]())

test('older messages come in above what is read, which stays where it is', async () => {
  const ben = await rig.open({ name: 'ben', room: ROOM, context: { viewport: { width: 1280, height: 800 } } })
  const { heldBefore, heldAfter, places } = await ben.page.evaluate<Stay>(FOLLOW_A_MESSAGE)
  expect(heldAfter).toBeGreaterThan(heldBefore)
  expect(places.length).toBeGreaterThan(20)
  expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(MOVED_PX_MAX)
  expect(ben.complaints).toEqual([])
  await ben.page.context().close()
})

test('scrolling up brings all of it, in order and without a hole', { timeout: LOAD_MS_MAX + 60_000 }, async () => {
  await ann.log.hover()
  const untilMs = performance.now() + LOAD_MS_MAX
  let held = 0
  while (held < MESSAGES && performance.now() < untilMs) {
    await ann.page.mouse.wheel(0, -100_000)
    await ann.page.waitForTimeout(20)
    held = await ann.page.evaluate<number>(`window.tuesday.history('${ROOM}').length`)
  }
  expect(held).toBe(MESSAGES)
  expect((await ann.held()).map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1))
})

test('ten thousand messages scroll at fifty frames a second and more', { timeout: 60_000 }, async () => {
  await ann.log.hover()
  await ann.page.evaluate(COUNT_FRAMES)
  const untilMs = performance.now() + SCROLL_MS
  let direction = 1
  while (performance.now() < untilMs) {
    await ann.page.mouse.wheel(0, direction * 600)
    await ann.page.waitForTimeout(30)
    if (performance.now() > untilMs - SCROLL_MS / 2) direction = -1
  }
  const { frames, ms, worstMs, moved } = await ann.page.evaluate<FrameCount>('window.stopCounting()')
  const perSecond = (frames * 1000) / ms
  console.log(`${perSecond.toFixed(1)} frames/s, the longest ${worstMs.toFixed(0)} ms, ${moved} positions`)
  // It was scrolling that was measured.
  expect(moved).toBeGreaterThan(50)
  expect(perSecond).toBeGreaterThanOrEqual(FRAMES_PER_SECOND_MIN)
})

test('what is held and what is drawn is bounded', { timeout: 60_000 }, async () => {
  const session = await ann.page.context().newCDPSession(ann.page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const heapMib = usedSize / 2 ** 20
  const drawn = await ann.log.locator('[data-message]').count()
  console.log(`${heapMib.toFixed(1)} MiB of script heap, ${drawn} messages drawn`)
  expect(heapMib).toBeLessThan(HEAP_MIB_MAX)
  expect(drawn).toBeGreaterThan(5)
  expect(drawn).toBeLessThan(MESSAGES_DRAWN_MAX)
  expect(ann.complaints).toEqual([])
})

interface FrameCount {
  readonly frames: number
  readonly ms: number
  readonly worstMs: number
  /** How many different places a message was seen at. */
  readonly moved: number
}

interface Stay {
  readonly heldBefore: number
  readonly heldAfter: number
  /** Of the message, from the top, in pixels, after each frame was painted. */
  readonly places: readonly number[]
}

/** Scrolls near the beginning, and follows a message in sight over sixty frames, in which older ones are read. */
const FOLLOW_A_MESSAGE = `(async () => {
  const log = document.querySelector('[role="log"]')
  const held = () => window.tuesday.history('${ROOM}').length
  const painted = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
  const heldBefore = held()
  // First to where nothing is read: rows that are drawn for the first time are measured.
  log.scrollTop = 700
  for (let frame = 0; frame < 20; frame++) await painted()
  log.scrollTop = 590
  await painted()
  const { top } = log.getBoundingClientRect()
  const { seq } = [...log.querySelectorAll('[data-message]')].find(one => one.getBoundingClientRect().top > top + 100).dataset
  const places = []
  for (let frame = 0; frame < 60; frame++) {
    places.push(log.querySelector('[data-seq="' + seq + '"] [data-text]')?.getBoundingClientRect().top ?? -1)
    await painted()
  }
  return { heldBefore, heldAfter: held(), places }
})()`

/** Counts frames until it is stopped, and where the first message that is drawn was. */
const COUNT_FRAMES = `{
  let frames = 0, worstMs = 0, lastMs = performance.now(), isOver = false
  const fromMs = lastMs
  const places = new Set()
  const count = nowMs => {
    if (isOver) return
    frames++
    worstMs = Math.max(worstMs, nowMs - lastMs)
    lastMs = nowMs
    const first = document.querySelector('[data-message]')
    places.add(first?.dataset.id + ' ' + first?.getBoundingClientRect().top)
    requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  window.stopCounting = () => {
    isOver = true
    return { frames, ms: performance.now() - fromMs, worstMs, moved: places.size }
  }
}`
