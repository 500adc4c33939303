import { expect, test } from 'vitest'
import { clientsOf, pageCountOf } from './client-shares.ts'

const client = { name: 'client', instance: 0, rooms: [0] }
const page = { ...client, isPage: true as const }

test('without pages, workers take turns', () => {
  const plan = { clients: [client, client, client, client, client] }
  expect(pageCountOf(plan)).toBe(0)
  expect([0, 1].map(worker => clientsOf(plan, worker, 2))).toEqual([
    [0, 2, 4],
    [1, 3],
  ])
})

test('the last worker has all pages and nobody else', () => {
  const plan = { clients: [page, client, client, page, client] }
  expect(pageCountOf(plan)).toBe(2)
  expect([0, 1, 2].map(worker => clientsOf(plan, worker, 3))).toEqual([[2, 4], [1], [0, 3]])
  expect([0, 1].map(worker => clientsOf(plan, worker, 2))).toEqual([
    [1, 2, 4],
    [0, 3],
  ])
})
