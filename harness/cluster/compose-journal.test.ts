import { expect, test } from 'vitest'
import { parseStackRecord } from './compose-journal.ts'

const OWNER = { machine: '0123456789ab', pid: 77, startTime: '1-2' }
const HEAD = {
  project: 'tuesday',
  runId: 'r1',
  engine: '/var/run/docker.sock',
  within: null,
  owner: '0123456789ab.77.1-2',
}
const limits = (NanoCpus: number) => ({ NanoCpus, CpuQuota: 0 })
const changing = (container: string, undo: string, more = {}) => ({
  is: 'changing',
  container,
  name: container,
  undo,
  ...more,
})
const undone = (container: string, undo: string) => ({ is: 'undone', container, undo })

function open(...lines: object[]) {
  return read(...lines)?.open.map(({ container, undo, limits }) => [
    container,
    undo,
    ...(limits ? [limits.NanoCpus] : []),
  ])
}
function read(...lines: object[]) {
  return parseStackRecord('p', [HEAD, ...lines].map(line => `${JSON.stringify(line)}\n`).join(''))
}

test('a record tells whose it is', () => {
  expect(read()).toEqual({ path: 'p', ...HEAD, owner: OWNER, open: [] })
})

test('open is what was not undone, the last change first', () => {
  const lines = [changing('a', 'limits'), changing('a', 'resume'), changing('b', 'start'), undone('b', 'start')]
  expect(open(...lines)).toEqual([
    ['a', 'resume'],
    ['a', 'limits'],
  ])
})

test('limits go back to what they were before the first of several changes', () => {
  expect(open(changing('a', 'limits', { limits: limits(5) }), changing('a', 'limits', { limits: limits(2) }))).toEqual([
    ['a', 'limits', 5],
  ])
})

test('a change whose line was cut off by a kill was not made', () => {
  const text = `${JSON.stringify(HEAD)}\n${JSON.stringify(changing('a', 'start'))}`
  expect(parseStackRecord('p', text)?.open).toEqual([])
})

test.each(['', '{"project":"x"}\n', 'no JSON\n', `${JSON.stringify({ ...HEAD, owner: 'nobody' })}\n`])(
  'what is no record is none: %j',
  text => {
    expect(parseStackRecord('p', text)).toBeNull()
  },
)
