/** The participant counter against the truth, with tabs that come and go at random, instances that are killed, and crowds. */

import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis } from './test-cluster.ts'

/** What the contract allows for counting out a dead instance, and for a number that is wrong. */
const RIGHT_MS_MAX = 10_000
const NAMES = ['one', 'two', 'three']
const ROOMS = ['r0', 'r1']
const USERS = ['ann', 'bob', 'cyd', 'dan', 'eve']
const TABS_MAX = 40

let redis: TestRedis

beforeEach(async () => {
  redis = await TestRedis.start()
})
afterEach(stopEverything)

/** A socket, and the rooms that it is in. */
interface Tab {
  readonly client: TestClient
  readonly user: string
  readonly instance: number
  readonly rooms: Set<string>
}

/** `which` chooses among what there is at that moment. */
type Step =
  | { readonly do: 'open'; readonly user: number; readonly instance: number; readonly rooms: readonly string[] }
  | { readonly do: 'join' | 'leave'; readonly which: number; readonly room: number }
  | { readonly do: 'close' | 'cut'; readonly which: number }
  | { readonly do: 'kill'; readonly which: number }

const natural = fc.nat({ max: 999 })
const someRooms = fc.subarray(ROOMS, { minLength: 1 })
const OPEN = fc.record({ do: fc.constant('open' as const), user: natural, instance: natural, rooms: someRooms })
const MOVE = fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), which: natural, room: natural })
const END = fc.record({ do: fc.constantFrom('close' as const, 'cut' as const), which: natural })
const KILL = fc.record({ do: fc.constant('kill' as const), which: natural })
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: OPEN, weight: 5 },
  { arbitrary: MOVE, weight: 4 },
  { arbitrary: END, weight: 3 },
)
/** After each burst the numbers have to settle. Two of the bursts end with the death of an instance. */
const BURST = fc.array(STEP, { minLength: 8, maxLength: 25, size: 'max' })
const BURSTS = fc
  .tuple(fc.array(BURST, { minLength: 9, maxLength: 9 }), KILL, KILL)
  .map(([bursts, first, second]) =>
    bursts.map((steps, index) => [...steps, ...({ 3: [first], 7: [second] }[index] ?? [])]),
  )

function countsOf({ client, rooms }: Tab): string[] {
  return [...rooms].map(room => {
    const frame = client.frames.findLast(frame => frame.type === 'count' && frame.room === room)
    return frame?.type === 'count' ? `${room}: ${frame.connections}/${frame.participants}` : `${room}: never`
  })
}

function truthFor({ rooms }: Tab, tabs: readonly Tab[]): string[] {
  return [...rooms].map(room => {
    const inRoom = tabs.filter(tab => tab.rooms.has(room))
    return `${room}: ${inRoom.length}/${new Set(inRoom.map(({ user }) => user)).size}`
  })
}

/** Carries out a step; answers the tabs that are there then. */
async function perform(step: Step, tabs: Tab[], instances: TestInstance[]): Promise<Tab[]> {
  if (step.do === 'open') {
    if (tabs.length >= TABS_MAX) return tabs
    const [user, instance] = [USERS[step.user % USERS.length]!, step.instance % instances.length]
    const client = await TestClient.open(instances[instance]!, { user })
    await Promise.all(step.rooms.map(room => client.join({ room })))
    return [...tabs, { client, user, instance, rooms: new Set(step.rooms) }]
  }
  if (step.do === 'kill') {
    const dead = step.which % instances.length
    instances[dead]!.signal('SIGKILL')
    await instances[dead]!.exited
    instances[dead] = await TestInstance.start(NAMES[dead]!, redis.url)
    return tabs.filter(({ instance }) => instance !== dead)
  }
  const tab = tabs[step.which % tabs.length]
  if (tab === undefined) return tabs
  if (step.do === 'join' || step.do === 'leave') {
    const room = ROOMS[step.room % ROOMS.length]!
    if (step.do === 'join' && !tab.rooms.has(room)) {
      await tab.client.join({ room })
      tab.rooms.add(room)
    }
    if (step.do === 'leave' && tab.rooms.delete(room)) tab.client.send({ type: 'leave', room })
    return tabs
  }
  if (step.do === 'close') tab.client.socket.close(1000)
  else tab.client.socket.terminate()
  return tabs.filter(each => each !== tab)
}

describe('the participant counter', () => {
  it.each([1])(
    'tells everybody the truth after every burst of comings and goings, also over kills (seed %d)',
    async seed => {
      const instances = await Promise.all(NAMES.map(name => TestInstance.start(name, redis.url)))
      const [bursts] = fc.sample(BURSTS, { seed, numRuns: 1 })
      let tabs: Tab[] = []
      for (const [index, steps] of bursts!.entries()) {
        for (const step of steps) tabs = await perform(step, tabs, instances)
        const told = () => tabs.map(countsOf)
        await expect
          .poll(told, { timeout: RIGHT_MS_MAX, interval: 10, message: `seed ${seed}, after burst ${index}` })
          .toEqual(tabs.map(tab => truthFor(tab, tabs)))
      }
    },
  )

  it('tells a thousand joins within a second in few frames to each, and then the right number to all', async () => {
    const instances = await Promise.all(NAMES.map(name => TestInstance.start(name, redis.url)))
    const crowd = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        TestClient.open(instances[index % 3]!, { user: `user-${index % 800}` }),
      ),
    )
    // Some at a time, so that telling each of them at once would show.
    for (let first = 0; first < crowd.length; first += 20) {
      await Promise.all(crowd.slice(first, first + 20).map(client => client.join({ room: 'crowd' })))
      await pause(15)
    }
    const isRight = (client: TestClient) => {
      const frame = client.frames.findLast(({ type }) => type === 'count')
      return frame?.type === 'count' && frame.connections === 1000 && frame.participants === 800
    }
    await expect.poll(() => crowd.filter(client => !isRight(client)).length, { timeout: RIGHT_MS_MAX }).toBe(0)
    const frames = crowd.map(client => client.frames.filter(({ type }) => type === 'count').length)
    expect(Math.max(...frames)).toBeLessThan(40)
  })
})
