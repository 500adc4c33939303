import { expect, test } from 'vitest'
import { formatOwner, isOwnerGone, isProcessAlive, parseOwner, startTicks, thisProcess } from './owner.ts'

const STAT_AFTER_STATE =
  '1 10 10 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 7 0 98765 1 1 1 0 0 0 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0 0'

test('the start is the 22nd field, whatever the command is called', () => {
  expect(startTicks(`10 (node) S ${STAT_AFTER_STATE}`)).toBe('98765')
  expect(startTicks(`10 (a) b (c)) S ${STAT_AFTER_STATE}`)).toBe('98765')
})

test('a zombie is no process', () => {
  expect(startTicks(`10 (node) Z ${STAT_AFTER_STATE}`)).toBeNull()
})

test('an owner survives being written as one word', () => {
  const owner = thisProcess()
  expect(formatOwner(owner)).toMatch(/^[0-9a-z.-]+$/)
  expect(parseOwner(formatOwner(owner))).toEqual(owner)
})

test('what is no owner is not read as one', () => {
  for (const text of ['', '12', 'x.1.2', '0123456789ab.0.5', '0123456789ab.1.', '../0123456789ab.1.5']) {
    expect(parseOwner(text)).toBeNull()
  }
})

test('this process is alive, and is not gone', () => {
  expect(isProcessAlive(thisProcess())).toBe(true)
  expect(isOwnerGone(thisProcess())).toBe(false)
})

test('an earlier process with the pid of one that is alive is gone', () => {
  expect(isOwnerGone({ ...thisProcess(), startTime: '1' })).toBe(true)
})

test('an owner on another machine is never known to be gone', () => {
  expect(isOwnerGone({ machine: '0123456789ab', pid: process.pid, startTime: '1' })).toBe(false)
})
