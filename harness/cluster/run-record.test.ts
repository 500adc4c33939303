import { expect, test } from 'vitest'
import { formatOwner, thisProcess } from './owner.ts'
import { parseRecord } from './run-record.ts'

const owner = thisProcess()
const head = JSON.stringify({ runId: 'r1', owner: formatOwner(owner) })
const child = { name: 'redis', pid: 4711, startTime: 'boot-12' }

test('a record has its owner and children', () => {
  const found = parseRecord('/x', `${head}\n${JSON.stringify(child)}\n`)
  expect(found).toEqual({ path: '/x', runId: 'r1', owner, children: [child] })
})

test('a line that a kill has cut off is left out', () => {
  const found = parseRecord('/x', `${head}\n${JSON.stringify(child)}\n{"name":"chat-1","pid":47`)
  expect(found?.children).toEqual([child])
})

test('a child that could stand for everybody is not read', () => {
  const lines = [0, 1, -1, 1.5, '7'].map(pid => JSON.stringify({ ...child, pid }))
  expect(parseRecord('/x', [head, ...lines, ''].join('\n'))?.children).toEqual([])
})

test('a file without a readable owner is no record', () => {
  expect(parseRecord('/x', '')).toBeNull()
  expect(parseRecord('/x', head)).toBeNull()
  expect(parseRecord('/x', '{"runId":"r1","owner":"somebody"}\n')).toBeNull()
})
