import { expect, test } from 'vitest'
import { AddressChoice } from './address-choice.ts'
import type { TargetAddress } from './target.ts'

const addresses = (...instances: number[]): TargetAddress[] =>
  instances.map(instance => ({ instance, host: '127.0.0.1', port: 9000 + instance }))

/** A choice on a list that the test may change, with a sequence of draws instead of chance. */
function choice(home: number, ...instances: number[]) {
  const list = { listed: addresses(...instances) }
  let draws = 0
  const random = () => ((draws++ * 7) % 10) / 10
  const chosen = new AddressChoice(() => list.listed, home, random)
  return { list, chosen, next: () => chosen.next().instance }
}

test('home at first, then any that has not been tried, then the one tried longest ago', () => {
  for (const start of [0, 1, 2]) {
    const { chosen, next } = choice(1, 0, 1, 2, 3)
    expect(next()).toBe(1)
    chosen.proven()
    for (let skipped = 0; skipped < start; skipped++) next()
    const tried = Array.from({ length: 12 }, next)
    for (let first = 0; first + 4 <= tried.length; first++) {
      expect(new Set(tried.slice(first, first + 4))).toEqual(new Set([0, 1, 2, 3]))
    }
  }
})

test('behind a balancer home is where it landed first, and going there is one more try', () => {
  const { chosen, next } = choice(1, 0, 1, 2)
  next()
  chosen.landed(2)
  expect(chosen.current.instance).toBe(2)
  expect(chosen.headHome()).toBe(false)
  chosen.proven()
  next()
  chosen.landed(0)
  expect(chosen.current.instance).toBe(0)
  expect(chosen.headHome()).toBe(true)
  expect(next()).toBe(2)
})

test('chance chooses among those that have not been tried since one was of use', () => {
  const firsts = Array.from({ length: 40 }, (_, seed) => {
    const chosen = new AddressChoice(
      () => addresses(0, 1, 2, 3),
      1,
      () => (seed % 10) / 10,
    )
    chosen.next()
    chosen.proven()
    return chosen.next().instance
  })
  expect(new Set(firsts)).toEqual(new Set([0, 2, 3]))
})

test('an instance that is off the list is never chosen again, also where the list is told anew', () => {
  const { list, next } = choice(1, 0, 1, 2)
  next()
  list.listed = addresses(0, 2)
  const tried = Array.from({ length: 50 }, next)
  expect(new Set(tried)).toEqual(new Set([0, 2]))
})

test('one whose home is off the list before its first attempt goes elsewhere', () => {
  const { list, next } = choice(1, 0, 1, 2)
  list.listed = addresses(0, 2)
  expect(next()).not.toBe(1)
})

test('an instance that is added is chosen like the others', () => {
  const { list, next } = choice(0, 0, 1)
  next()
  list.listed = addresses(0, 1, 2)
  expect(Array.from({ length: 20 }, next)).toContain(2)
})

test('heading home: three attempts, then any other', () => {
  const { chosen, next } = choice(1, 0, 1, 2)
  next()
  expect(chosen.headHome()).toBe(false)
  expect(next()).not.toBe(1)
  expect(chosen.headHome()).toBe(true)
  expect([next(), next(), next()]).toEqual([1, 1, 1])
  expect(next()).not.toBe(1)
})

test('a new home is where it heads from then on; it does not move by that alone', () => {
  const { list, chosen, next } = choice(1, 0, 1, 2)
  next()
  list.listed = addresses(0, 2, 3)
  chosen.setHome(3)
  expect(chosen.current.instance).toBe(1)
  expect(chosen.headHome()).toBe(true)
  expect(next()).toBe(3)
  expect(chosen.headHome()).toBe(false)
})

test('nobody heads for a home that is off the list', () => {
  const { list, chosen, next } = choice(1, 0, 1, 2)
  next()
  expect(next()).not.toBe(1)
  list.listed = addresses(0, 2)
  expect(chosen.headHome()).toBe(false)
})

test('where there is one address only, it is tried again and again', () => {
  const { list, next } = choice(0, 0)
  expect([next(), next(), next()]).toEqual([0, 0, 0])
  list.listed = []
  expect(next()).toBe(0)
})
