import { describe, expect, test } from 'vitest'
import { readSettings } from '../../scenarios/k6/flood/settings.ts'

const TUESDAY_URLS = 'ws://127.0.0.1:8080'
const read = (more: Record<string, string> = {}) => readSettings({ TUESDAY_URLS, ...more }, 1000)

test('what holds unless it is said', () => {
  expect(read()).toEqual({
    urls: ['ws://127.0.0.1:8080/ws'],
    token: null,
    run: null,
    seed: 1,
    hasFaults: false,
    vus: 300,
  })
})

test('all of it', () => {
  const more = {
    TUESDAY_URLS: 'ws://a:1, wss://b.example/,ws://c:3/chat/ws',
    TUESDAY_TOKEN: 'e30.e30.x',
    TUESDAY_RUN: 'night-7',
    TUESDAY_SEED: '0',
    TUESDAY_FAULTS: 'beside',
    TUESDAY_VUS: '1000',
  }
  expect(read(more)).toEqual({
    urls: ['ws://a:1/ws', 'wss://b.example/ws', 'ws://c:3/chat/ws'],
    token: 'e30.e30.x',
    run: 'night-7',
    seed: 0,
    hasFaults: true,
    vus: 1000,
  })
})

describe('what is wrong is told', () => {
  test.each([
    [{ TUESDAY_URLS: '' }, 'TUESDAY_URLS: found nothing'],
    [{ TUESDAY_URLS: 'http://127.0.0.1:8080' }, 'TUESDAY_URLS: found "http://127.0.0.1:8080"; allowed is addresses'],
    [{ TUESDAY_URLS: 'ws://a:1,' }, 'TUESDAY_URLS: found ""'],
    [{ TUESDAY_RUN: 'a b' }, 'TUESDAY_RUN: found a b'],
    [{ TUESDAY_SEED: '-1' }, 'TUESDAY_SEED: found "-1"; allowed is a whole number from 0 to 2147483647'],
    [{ TUESDAY_FAULTS: 'yes' }, 'TUESDAY_FAULTS: found yes; allowed is "beside"'],
    [{ TUESDAY_VUS: '1001' }, 'TUESDAY_VUS: found "1001"; allowed is a whole number from 1 to 1000'],
  ])('%j', (more, message) => {
    expect(() => read(more as Record<string, string>)).toThrow(message)
  })
})
