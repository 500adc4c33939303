import { describe, expect, test } from 'vitest'
import { layOut, membersOfRooms } from '../plan/layout.ts'
import { Homes } from './homes.ts'

const ROOMS = 20
const SIZE = { instances: 3, rooms: ROOMS, clients: 300, roomsPerClient: 1 }
const CLIENTS = layOut(SIZE)
const FIRST = CLIENTS.map(({ instance }) => instance)

function homes(seed = 1): Homes {
  return new Homes(seed, FIRST, [0, 1, 2])
}

function sizesOf(at: Homes): Record<number, number> {
  const sizes: Record<number, number> = {}
  for (const client of FIRST.keys()) sizes[at.of(client)] = (sizes[at.of(client)] ?? 0) + 1
  return sizes
}

test('at first the plan says who is where', () => {
  expect(FIRST.map((_, client) => homes().of(client))).toEqual(FIRST)
})

describe('an instance that is added', () => {
  test('gets a fair share, a like part from each, and nobody else moves', () => {
    const at = homes()
    const { rehoused, moving: moved } = at.change([0, 1, 2, 3])
    expect(rehoused).toEqual([])
    expect(moved).toHaveLength(75)
    expect(sizesOf(at)).toEqual({ 0: 75, 1: 75, 2: 75, 3: 75 })
    for (const client of FIRST.keys()) {
      expect(at.of(client)).toBe(moved.includes(client) ? 3 : FIRST[client])
    }
  })

  test('gets members of nearly all rooms, and takes no room whole', () => {
    const at = homes()
    at.change([0, 1, 2, 3])
    const instances = membersOfRooms(CLIENTS, ROOMS).map(members => new Set(members.map(client => at.of(client))))
    for (const inRoom of instances) expect(inRoom.size).toBeGreaterThanOrEqual(3)
    expect(instances.filter(inRoom => inRoom.has(3)).length).toBeGreaterThanOrEqual(ROOMS * 0.8)
  })
})

describe('an instance that is removed', () => {
  test('leaves its clients to the others alike, and nobody else moves', () => {
    const at = homes()
    const { rehoused: moved, moving } = at.change([0, 2])
    expect(moving).toEqual([])
    expect(new Set(moved)).toEqual(new Set([...FIRST.keys()].filter(client => FIRST[client] === 1)))
    expect(sizesOf(at)).toEqual({ 0: 150, 2: 150 })
  })

  test('and another one, and another: the shares stay alike', () => {
    const at = homes()
    at.change([0, 1, 2, 3])
    at.change([0, 1, 3])
    expect(sizesOf(at)).toEqual({ 0: 100, 1: 100, 3: 100 })
    at.change([1, 3])
    expect(sizesOf(at)).toEqual({ 1: 150, 3: 150 })
    at.change([1, 3, 4])
    expect(sizesOf(at)).toEqual({ 1: 100, 3: 100, 4: 100 })
  })

  test('while another is added: each client has a home that is there', () => {
    const at = homes()
    at.change([1, 2, 3])
    expect(sizesOf(at)).toEqual({ 1: 100, 2: 100, 3: 100 })
  })
})

test('the seed decides, so workers agree', () => {
  const all = (seed: number) => {
    const at = homes(seed)
    const moved = [at.change([0, 1, 2, 3]), at.change([1, 2, 3])]
    return { moved, at: FIRST.map((_, client) => at.of(client)) }
  }
  expect(all(7)).toEqual(all(7))
  expect(all(8).at).not.toEqual(all(7).at)
})

test('where nothing has changed, or nothing is left, nobody moves', () => {
  const at = homes()
  expect(at.change([0, 1, 2])).toEqual({ rehoused: [], moving: [] })
  expect(at.change([])).toEqual({ rehoused: [], moving: [] })
  expect(FIRST.map((_, client) => at.of(client))).toEqual(FIRST)
})

test('fewer clients than instances: some stay without', () => {
  const at = new Homes(1, [0, 1], [0, 1])
  expect(at.change([0, 1, 2]).moving).toEqual([])
})
