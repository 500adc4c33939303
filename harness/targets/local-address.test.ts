import { expect, test } from 'vitest'
import { CLIENTS_PER_ADDRESS_MAX, localAddressOf } from './local-address.ts'

test('the system chooses where one address is enough, and on the way to another machine', () => {
  expect(localAddressOf(7, CLIENTS_PER_ADDRESS_MAX, 1, '127.0.0.1')).toBeUndefined()
  expect(localAddressOf(7, 5 * CLIENTS_PER_ADDRESS_MAX, 6, '127.0.0.1')).toBeUndefined()
  expect(localAddressOf(7, 5 * CLIENTS_PER_ADDRESS_MAX + 1, 6, '127.0.0.1')).toBeDefined()
  expect(localAddressOf(7, 100_000, 1, '10.0.0.1')).toBeUndefined()
})

test.each([CLIENTS_PER_ADDRESS_MAX + 1, 50_000, 100_000, 1_000_000])(
  '%i clients are spread, none of their addresses has too many',
  clients => {
    const used = new Map<string, number>()
    for (let number = 0; number < clients; number++) {
      const address = localAddressOf(number, clients, 2, '127.0.0.1')!
      used.set(address, (used.get(address) ?? 0) + 1)
    }
    expect(Math.max(...used.values())).toBeLessThanOrEqual(CLIENTS_PER_ADDRESS_MAX)
    expect([...used.keys()].every(address => /^127\.0\.0\.\d{1,3}$/.test(address))).toBe(true)
    expect(used.has('127.0.0.1')).toBe(false)
  },
)
