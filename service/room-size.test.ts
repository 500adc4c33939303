import { expect, it } from 'vitest'
import { ROOM_SIZES } from './metric-names.ts'
import { BySize } from './room-size.ts'

it('finds the size of a room by its members, from the first of a class to the last', () => {
  const sizes = new BySize(size => size)
  const found = [0, 1, 9, 10, 99, 100, 999, 1000, 100_000].map(members => sizes.of(members))
  expect(found).toEqual(['1-9', '1-9', '1-9', '10-99', '10-99', '100-999', '100-999', '1000+', '1000+'])
  expect(new Set(found)).toEqual(new Set(ROOM_SIZES.map(({ label }) => label)))
})
