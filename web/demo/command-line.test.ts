import { describe, expect, it } from 'vitest'
import { DEFAULT_PORT, DemoUsageError, parseDemo } from './command-line.ts'

describe('npm run demo', () => {
  it('needs nothing', () => {
    expect(parseDemo([])).toEqual({ port: DEFAULT_PORT })
  })

  it('takes another port', () => {
    expect(parseDemo(['--port', '4000'])).toEqual({ port: 4000 })
  })

  it('tells what it does', () => {
    expect(parseDemo(['--help'])).toBeNull()
  })

  it.each([
    [['--port', 'x'], /--port x: expected a whole number/],
    [['--port', '0'], /1 to 65535/],
    [['--port', '65536'], /1 to 65535/],
    [['--prot', '1'], /--prot[\s\S]*--port <port>/],
    [['lobby'], /lobby/],
  ])('refuses %j', (words, message) => {
    expect(() => parseDemo(words)).toThrow(DemoUsageError)
    expect(() => parseDemo(words)).toThrow(message)
  })
})
