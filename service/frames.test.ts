import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFrame } from './frames.ts'
import { ERROR_CODES, type ErrorCode } from './protocol.ts'

function codeOf(value: unknown): ErrorCode | 'read' {
  const read = readFrame(typeof value === 'string' ? value : JSON.stringify(value))
  return 'error' in read ? read.error.code : 'read'
}

const SEND = { type: 'send', room: 'r', session: 'k3.1', n: 1, text: 'hello' }
const POSITION = { epoch: 'aB_-9', seq: 7 }

/** What no field of the protocol takes, whatever its type. */
const NEVER = [null, true, [], {}, [1], ['r'], { room: 'r' }]
const NOT_WHOLE = [...NEVER, '1', -1, 0.5, 2 ** 53]
const NOT_ROOM = [
  ...NEVER,
  '',
  1,
  '.',
  '-r',
  '_r',
  'a b',
  'a/b',
  'a\n',
  '\na',
  'ä',
  'r'.repeat(65),
  'a{b}',
  'a"b',
  'a\u0000',
]
const NOT_SESSION = [
  ...[...NEVER, '', 'k3', '.1', 'k3.', 'k3.0', 'k3.01', 'k3.-1', 'k3.1.1', 'k3.1 ', 'k3.1\n', 'ä.1', 1.1],
  ...[`${'k'.repeat(33)}.1`, 'k3.1234567890', 'k 3.1', 'k3.1e3', 'k"3.1'],
]
const NOT_POSITION = [
  ...[null, true, 1, '', 'a:1', [], {}, { epoch: 'a' }, { seq: 1 }, [POSITION]],
  ...NOT_WHOLE.map(seq => ({ ...POSITION, seq })),
  ...[...NEVER, '', 1, 'a b', 'a:b', 'ä', 'a\n', 'e'.repeat(33)].map(epoch => ({ ...POSITION, epoch })),
]

describe('readFrame', () => {
  it.each(['', ' ', '{', 'nonsense', '{"type":"ping",}', "{'type':'ping'}", '\u0000', 'NaN', 'undefined', '{"a":01}'])(
    'calls %j not JSON',
    text => expect(codeOf(text)).toBe('not-json'),
  )

  it.each(['null', 'true', '1', '1e999', '"join"', '[]', '[{"type":"ping","nonce":1}]', '{}', '{"Type":"ping"}'])(
    'calls %s not a frame',
    text => expect(codeOf(text)).toBe('not-a-frame'),
  )

  it.each(['null', '1', 'true', '[]', '["ping"]', '{}', '{"toString":"ping"}'])('calls type %s not a frame', type =>
    expect(codeOf(`{"type":${type},"nonce":1}`)).toBe('not-a-frame'),
  )

  it.each(['', 'Ping', 'ping ', 'welcome', 'message', 'constructor', '__proto__', 'toString', 'пинг', '🙂'.repeat(40)])(
    'does not know the type %j',
    type => expect(codeOf({ type, room: 'r', nonce: 1 })).toBe('unknown-type'),
  )

  it('says little about a type that is long', () => {
    const read = readFrame(JSON.stringify({ type: 'x'.repeat(50_000) }))
    expect('error' in read && read.error.message.length).toBeLessThan(100)
  })

  it.each(['join', 'leave', 'send'])('refuses rooms that %s must not name', type => {
    expect(codeOf({ ...SEND, type, room: undefined })).toBe('bad-field')
    for (const room of NOT_ROOM) expect([room, codeOf({ ...SEND, type, room })]).toEqual([room, 'bad-field'])
  })

  it.each(['r', '0', 'R'.repeat(64), 'a.b_c~d-e'])('takes the room %s', room => {
    for (const type of ['join', 'leave', 'send']) expect(codeOf({ ...SEND, type, room })).toBe('read')
  })

  it.each([
    ['n', [...NOT_WHOLE, 0]],
    ['session', NOT_SESSION],
    ['text', [...NEVER, 1]],
  ])('refuses a send with a bad %s, and names the room', (field, values) => {
    for (const value of [undefined, ...values]) {
      const read = readFrame(JSON.stringify({ ...SEND, [field]: value }))
      expect([value, read]).toEqual([value, { error: { code: 'bad-field', message: expect.any(String), room: 'r' } }])
      expect('error' in read && read.error.message).toContain(`send.${field}`)
    }
  })

  it.each([
    ['k3.1', 1],
    ['A_-9.999999999', Number.MAX_SAFE_INTEGER],
    [`${'k'.repeat(32)}.1`, 7],
  ])('takes the session %s with number %d', (session, n) => {
    expect(readFrame(JSON.stringify({ ...SEND, session, n }))).toEqual({ frame: { ...SEND, session, n } })
  })

  it.each(['', '\u0000', '🙂', 'שלום', '\ud800', '"}', 'x'.repeat(100_000)])('leaves the text %.20j as it is', text => {
    expect(readFrame(JSON.stringify({ ...SEND, text }))).toEqual({ frame: { ...SEND, text } })
  })

  it('refuses a ping without a whole nonce', () => {
    for (const nonce of [undefined, ...NOT_WHOLE])
      expect([nonce, codeOf({ type: 'ping', nonce })]).toEqual([nonce, 'bad-field'])
    expect(codeOf({ type: 'ping', nonce: 0 })).toBe('read')
  })

  it.each(['1e400', '-1e400', '9007199254740992', '1e21', '-0.1'])('takes %s for no whole number', number => {
    expect(codeOf(`{"type":"ping","nonce":${number}}`)).toBe('bad-field')
    expect(codeOf(`{"type":"send","room":"r","session":"k3.1","text":"","n":${number}}`)).toBe('bad-field')
    expect(codeOf(`{"type":"join","room":"r","history":${number}}`)).toBe('bad-field')
    expect(codeOf(`{"type":"join","room":"r","position":{"epoch":"a","seq":${number}}}`)).toBe('bad-field')
  })

  it('refuses a join with a bad position', () => {
    for (const position of NOT_POSITION) {
      expect([position, codeOf({ type: 'join', room: 'r', position })]).toEqual([position, 'bad-field'])
    }
    expect(codeOf({ type: 'join', room: 'r', position: { epoch: 'e', seq: 0 } })).toBe('read')
  })

  it('refuses a join with a bad history, or with history and position', () => {
    for (const history of NOT_WHOLE) {
      expect([history, codeOf({ type: 'join', room: 'r', history })]).toEqual([history, 'bad-field'])
    }
    expect(codeOf({ type: 'join', room: 'r', history: 0 })).toBe('read')
    expect(codeOf({ type: 'join', room: 'r', history: 0, position: POSITION })).toBe('bad-field')
  })

  it('ignores fields that it does not know, at every level', () => {
    const extra = { future: { deep: [1, 2] }, from: 'mallory', sentAt: 0 }
    expect(readFrame(JSON.stringify({ ...SEND, ...extra }))).toEqual({ frame: SEND })
    const join = { type: 'join', room: 'r', position: { ...POSITION, ...extra }, ...extra }
    expect(readFrame(JSON.stringify(join))).toEqual({ frame: { type: 'join', room: 'r', position: POSITION } })
  })

  it('takes nothing from keys that name prototypes', () => {
    expect(codeOf('{"__proto__":{"type":"ping","nonce":1}}')).toBe('not-a-frame')
    expect(codeOf('{"type":"ping","__proto__":{"nonce":1}}')).toBe('bad-field')
    expect(codeOf('{"type":"join","room":"r","position":{"__proto__":{"epoch":"a","seq":1}}}')).toBe('bad-field')
    expect(codeOf('{"type":"ping","nonce":1,"constructor":{"prototype":{"polluted":1}}}')).toBe('read')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('reads the last of repeated keys, like everybody', () => {
    expect(readFrame('{"type":"send","type":"ping","nonce":1,"nonce":2}')).toEqual({
      frame: { type: 'ping', nonce: 2 },
    })
  })

  it('survives deep nesting', () => {
    const depth = 100_000
    const deep = '['.repeat(depth) + ']'.repeat(depth)
    expect(['not-a-frame', 'not-json']).toContain(codeOf(deep))
    expect(['bad-field', 'not-json']).toContain(codeOf(`{"type":"ping","nonce":${deep}}`))
    expect(['read', 'not-json']).toContain(codeOf(`{"type":"ping","nonce":1,"extra":${deep}}`))
  })
})

describe('readFrame on anything', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('r', 'k3.1', 1, 0, -0, 'e', POSITION, 2 ** 60))
  const almostFrame = fc.record(
    {
      type: fc.oneof(fc.constantFrom('join', 'leave', 'send', 'ping'), value),
      ...{ room: value, session: value, n: value, text: value, nonce: value, history: value },
      position: fc.oneof(value, fc.record({ epoch: value, seq: value })),
    },
    { requiredKeys: [] },
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    almostFrame.map(frame => JSON.stringify(frame)),
    almostFrame.map(frame => JSON.stringify(frame).slice(0, -1)),
  )

  it('never throws, and gives a known code or a frame that reads back as itself', () => {
    fc.assert(
      fc.property(text, given => {
        const read = readFrame(given)
        if ('error' in read) {
          expect(Object.keys(ERROR_CODES)).toContain(read.error.code)
          expect(read.error.message).not.toBe('')
        } else {
          const written = JSON.stringify(read.frame)
          const again = readFrame(written)
          expect('frame' in again && JSON.stringify(again.frame)).toBe(written)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
