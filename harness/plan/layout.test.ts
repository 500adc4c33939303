import { expect, test } from 'vitest'
import { choosePages, layOut, membersOfRooms } from './layout.ts'

test('neighbours share a room and start on different instances', () => {
  const clients = layOut({ instances: 2, rooms: 2, clients: 5, roomsPerClient: 1 })
  expect(clients).toEqual([
    { name: 'client-1', instance: 0, rooms: [0] },
    { name: 'client-2', instance: 1, rooms: [0] },
    { name: 'client-3', instance: 0, rooms: [1] },
    { name: 'client-4', instance: 1, rooms: [1] },
    { name: 'client-5', instance: 0, rooms: [0] },
  ])
  expect(membersOfRooms(clients, 2)).toEqual([
    [0, 1, 4],
    [2, 3],
  ])
})

test('further rooms are spread over the circle and all different', () => {
  const clients = layOut({ instances: 1, rooms: 7, clients: 9, roomsPerClient: 3 })
  expect(clients[0]!.rooms).toEqual([0, 2, 4])
  expect(clients[6]!.rooms).toEqual([6, 1, 3])
  for (const client of clients) expect(new Set(client.rooms).size).toBe(3)
})

test('pages are taken in even steps, and everybody stays who and where they are', () => {
  const clients = layOut({ instances: 3, rooms: 4, clients: 40, roomsPerClient: 1 })
  const withPages = choosePages(clients, 4)
  expect(withPages.flatMap(({ isPage }, index) => (isPage ? index : []))).toEqual([0, 10, 20, 30])
  expect(withPages.map(({ isPage: _, ...client }) => client)).toEqual(clients)
  expect(choosePages(clients, 0)).toEqual(clients)
})
