import { describe, expect, it } from 'vitest'
import { Pacer } from './pacer.ts'

const sends = { atMs: [-500, 0, 10, 10, 25], numbers: [4, 5, 6, 7, 9] }

describe('pacer', () => {
  it('hands out each send once, when it is due', () => {
    const pacer = new Pacer(sends)
    expect(pacer.due(-501)).toEqual([])
    expect(pacer.due(-500)).toEqual([4])
    expect(pacer.due(9.9)).toEqual([5])
    expect(pacer.due(9.9)).toEqual([])
    expect(pacer.due(100)).toEqual([6, 7, 9])
    expect(pacer.waitMs(100)).toBeNull()
  })

  it('never makes up for lateness: what is overdue is due at once, and the rest keeps its time', () => {
    const pacer = new Pacer(sends)
    expect(pacer.waitMs(-600)).toBe(100)
    expect(pacer.due(5)).toEqual([4, 5])
    expect(pacer.waitMs(5)).toBe(5)
    expect(pacer.waitMs(30)).toBe(0)
  })
})
