import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectGate } from './connect-gate.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function storm(count: number) {
  const gate = new ConnectGate()
  const opened: (() => void)[] = []
  for (let number = 0; number < count; number++) gate.enter(release => opened.push(release))
  return opened
}

describe('connect gate', () => {
  it('opens eight at once, and one more for each that is open', () => {
    const opened = storm(20)
    expect(opened).toHaveLength(8)
    opened[0]!()
    opened[0]!()
    expect(opened).toHaveLength(8)
    vi.advanceTimersByTime(0)
    vi.runAllTicks()
    vi.advanceTimersByTime(1)
    expect(opened).toHaveLength(9)
  })

  it('is not held up by handshakes that hang', () => {
    const opened = storm(20)
    vi.advanceTimersByTime(49)
    expect(opened).toHaveLength(8)
    vi.advanceTimersByTime(2)
    expect(opened).toHaveLength(16)
    vi.advanceTimersByTime(52)
    expect(opened).toHaveLength(20)
  })
})
