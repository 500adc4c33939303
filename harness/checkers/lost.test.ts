import { describe, expect, test } from 'vitest'
import { EXAMPLES_MAX } from './finding.ts'
import { type HistorySketch, history } from './history.ts'
import { checkLost } from './lost.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  const { lost, declaredGaps } = checkLost(run, phases)
  return { lost: lost.count, declared: declaredGaps.count, examples: lost.examples }
}

describe('holes that the client mended', () => {
  test('are losses of the service, each place once, however often it was seen', () => {
    const bob = { streams: { lobby: '0 1 2 3' }, holes: ['1-3', '1-3', '2-4'] }
    const found = judge({ sends: ['ann', 'ann', 'ann', 'ann'], clients: { ann: '0 1 2 3', bob } })
    expect(found.lost).toBe(2)
    expect(found.examples[0]).toMatchObject({ what: expect.stringContaining('fetched it again') })
  })

  test('are not counted again where the message never came', () => {
    const bob = { streams: { lobby: '0' }, holes: ['1-3'] }
    expect(judge({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob } }).lost).toBe(1)
  })
})

describe('accepts', () => {
  test('everything delivered to everybody', () => {
    const found = judge({ sends: ['ann', 'bob', 'ann'], clients: { ann: '0 1 2', bob: '0 1 2' } })
    expect(found).toEqual({ lost: 0, declared: 0, examples: [] })
  })

  test('a resume that goes on where the connection was lost', () => {
    expect(judge({ sends: ['ann', 'ann', 'ann'], clients: { ann: '0 1 2', bob: '0 | 1 2' } }).lost).toBe(0)
  })

  test('nothing is owed of what was sent and placed before the join', () => {
    const bob = { streams: { lobby: '1' }, joinedAtMs: 50, joinedAtSeq: 1 }
    expect(judge({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob } }).lost).toBe(0)
  })

  test('nothing is owed of what was sent and placed between a leave and a later join', () => {
    // Bob leaves at 6 ms and joins again at 7 ms.
    const between = { by: 'ann', atMs: 6.5 }
    const clients = { ann: '0 1 2', bob: '0 leave(1) join(2) 2' }
    expect(judge({ sends: ['ann', between, 'ann'], clients }).lost).toBe(0)
    const afterwards = { by: 'ann', atMs: 8 }
    expect(judge({ sends: ['ann', afterwards, 'ann'], clients }).lost).toBe(1)
  })

  test('a rejected message and one of unknown fate that nobody saw', () => {
    const sends = ['ann', { by: 'ann', outcome: 'rejected' }, { by: 'ann', outcome: 'unknown' }] as const
    expect(judge({ sends, clients: { ann: '0', bob: '0' } }).lost).toBe(0)
  })

  test('an acknowledged message that the log has trimmed', () => {
    const logs = { lobby: { firstSeq: 2, entries: '1' } }
    expect(judge({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob: '0 1' }, logs }).lost).toBe(0)
  })

  test('seqs that go on across epochs', () => {
    const sends = ['ann', { by: 'ann', at: 'b:2' }] as const
    expect(judge({ sends, clients: { ann: '0 1', bob: '0 | 1' } }).lost).toBe(0)
  })

  test('a step back to an earlier epoch is out of order, not a hole, though its seq is higher', () => {
    const sends = [
      { by: 'bob', at: 'b:2' },
      { by: 'bob', at: 'a:9' },
    ]
    expect(judge({ sends, logs: { lobby: null }, clients: { bob: '0 1' } }).lost).toBe(0)
  })

  test('what stands between a leave and the next join, wherever in the stream what is around it came', () => {
    const sends = ['ann', { by: 'ann', at: 4 }, { by: 'ann', at: 5 }] as const
    const ann = { streams: { lobby: '1 2' }, joinedAtSeq: 3, joinedAtMs: 50 }
    const clients = (bob: string) => ({ ann, bob })
    expect(judge({ sends, clients: clients('leave(1) join(3) 1 0 2') }).lost).toBe(0)
    expect(judge({ sends, clients: clients('leave(1) join(2) 1 0 2') }).lost).toBe(1)
  })

  test('what is told after a leave for good', () => {
    const sends = ['ann', { by: 'ann', at: 4 }] as const
    const ann = { streams: { lobby: '0 1' }, joinedAtMs: 50, joinedAtSeq: 3 }
    expect(judge({ sends, clients: { ann, bob: '0 leave(1) 1' } }).lost).toBe(2)
  })

  test('a phantom takes its place: that is no hole', () => {
    const sends = ['ann', { by: 'ann', at: 3 }] as const
    expect(judge({ sends, clients: { ann: '0 ?2 1', bob: '0 ?2 1' } }).lost).toBe(0)
  })

  test('a message that came out of order is not lost', () => {
    expect(judge({ sends: ['ann', 'ann', 'ann'], clients: { ann: '0 2 1', bob: '0 1 2' } }).lost).toBe(0)
  })
})

describe('rejects', () => {
  test.each([
    ['1 2', 0, 'prefix'],
    ['0 2', 1, 'middle'],
    ['0 1', 2, 'end'],
    ['', 0, 'whole'],
  ])('an owed message that never came: %j', (stream, message, part) => {
    const found = judge({ sends: ['ann', 'ann', 'ann'], clients: { ann: '0 1 2', bob: stream } })
    expect(found.lost).toBe(stream === '' ? 3 : 1)
    expect(found.examples[0]).toMatchObject({ client: 'bob', room: 'lobby', message, sender: 'ann', part })
  })

  test('the sender itself is owed its message', () => {
    const found = judge({ sends: ['ann'], clients: { ann: '', bob: '0' } })
    expect(found.lost).toBe(1)
    expect(found.examples[0]!.client).toBe('ann')
  })

  test('a message sent while the receiver was disconnected, with fault, instance and connection', () => {
    const connections = [
      { instance: 1, openedAtMs: -900, closedAtMs: 3_010, closeCode: 1006, draining: false, firstCrossAtMs: null },
      { instance: 0, openedAtMs: 3_500, closedAtMs: null, closeCode: null, draining: false, firstCrossAtMs: null },
    ]
    const found = judge({
      sends: [
        { by: 'ann', atMs: 2_900 },
        { by: 'ann', atMs: 3_100 },
        { by: 'ann', atMs: 3_600 },
      ],
      clients: { ann: '0 1 2', bob: { streams: { lobby: '0 | 2' }, connections } },
      faults: [{ kind: 'kill-instance', target: 'chat-2', firedAtMs: 3_000, healedAtMs: 4_000 }],
    })
    expect(found.lost).toBe(1)
    expect(found.examples[0]).toMatchObject({
      message: 1,
      position: { epoch: 'a', seq: 2 },
      fault: 'kill-instance chat-2',
      instance: 'disconnected',
      connection: null,
      part: 'middle',
    })
  })

  test('owed by place: handed over before the join was answered, but placed after it', () => {
    const bob = { streams: { lobby: '' }, joinedAtMs: 50, joinedAtSeq: 0 }
    expect(judge({ sends: [{ by: 'ann', atMs: 40 }], clients: { ann: '0', bob } }).lost).toBe(1)
  })

  test('owed by time: handed over after the join was answered, but placed before it', () => {
    const bob = { streams: { lobby: '' }, joinedAtMs: 50, joinedAtSeq: 7 }
    expect(judge({ sends: [{ by: 'ann', atMs: 60 }], clients: { ann: '0', bob } }).lost).toBe(1)
  })

  test('a message of unknown fate that one client saw is owed to all', () => {
    const sends = [{ by: 'ann', outcome: 'unknown' }] as const
    expect(judge({ sends, clients: { ann: '0@1', bob: '' }, logs: { lobby: '0@1' } }).lost).toBe(1)
  })

  test('a message of unknown fate that only stands in the log is owed to all', () => {
    const sends = [{ by: 'ann', outcome: 'unknown' }] as const
    expect(judge({ sends, clients: { ann: '', bob: '' }, logs: { lobby: '0@1' } }).lost).toBe(2)
  })

  test('a hole between two delivered seqs, whatever the acks say, each seq once', () => {
    const sends = ['ann', { by: 'ann', at: 5 }] as const
    const found = judge({ sends, clients: { ann: '0 1', bob: '0 1' } })
    expect(found.lost).toBe(6)
    expect(found.examples[0]).toMatchObject({ client: 'ann', message: null, position: { epoch: 'a', seq: 2 } })
  })

  test('a hole between two delivered seqs that came the wrong way round', () => {
    const sends = ['ann', { by: 'ann', at: 5 }] as const
    expect(judge({ sends, clients: { ann: '0 1', bob: '1 0' } }).lost).toBe(6)
  })

  test('a hole in an epoch, though a later one was begun between', () => {
    const sends = ['bob', { by: 'bob', at: 'b:2' }, { by: 'bob', at: 'a:4' }]
    expect(judge({ sends, clients: { bob: '0 1 2' } }).lost).toBe(2)
  })

  test('what was left out just before a leave', () => {
    const sends = ['ann', { by: 'ann', at: 4 }] as const
    const ann = { streams: { lobby: '1' }, joinedAtMs: 50, joinedAtSeq: 3 }
    expect(judge({ sends, clients: { ann, bob: '0 leave(3) join(3) 1' } }).lost).toBe(2)
  })

  test('a hole where the epoch changes', () => {
    const sends = ['ann', { by: 'ann', at: 'b:4' }] as const
    expect(judge({ sends, clients: { ann: '0 1', bob: '0 | 1' } }).lost).toBe(4)
  })

  test('an acknowledged message that is not in the log', () => {
    const found = judge({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob: '0 1' }, logs: { lobby: '1' } })
    expect(found.lost).toBe(1)
    expect(found.examples[0]).toMatchObject({ what: 'acknowledged, but not in the log', client: null, message: 0 })
  })

  test('a roll-call message, named as such', () => {
    const found = judge({ sends: ['ann'], rollCall: ['ann'], clients: { ann: '0 1', bob: '0' } })
    expect(found.lost).toBe(1)
    expect(found.examples[0]!.moment).toBe('roll-call')
  })
})

describe('declared gaps', () => {
  const sends = ['ann', 'ann', 'ann', 'ann', 'ann'] as const
  const faults = [{ firedAtMs: 100, healedAtMs: 250 }]

  test('cover exactly what lies between', () => {
    const found = judge({ sends, faults, clients: { ann: '0 1 2 3 4', bob: '0 gap(1,4) 3 4' } })
    expect(found).toMatchObject({ lost: 0, declared: 2 })
  })

  test('with nothing in them count, unless an epoch ends there', () => {
    const clients = (gap: string) => ({ ann: '0 1 2 3 4', bob: `0 ${gap} 1 2 3 4` })
    expect(judge({ sends, faults, clients: clients('gap(1,2)') })).toMatchObject({ lost: 0, declared: 1 })
    const change = ['ann', { by: 'ann', at: 'b:2', atMs: 300 }] as const
    const both = { ann: '0 gap(1,b:2) 1', bob: '0 gap(1,b:2) 1' }
    expect(judge({ sends: change, faults, clients: both })).toMatchObject({ lost: 0, declared: 0 })
  })

  test('do not cover the messages at their ends', () => {
    const found = judge({ sends, faults, clients: { ann: '0 1 2 3 4', bob: '0 gap(2,3) 3 4' } })
    // What it does not cover is nothing at all, which counts by itself.
    expect(found).toMatchObject({ lost: 2, declared: 1 })
  })

  test('cover a hole between epochs that the client saw, in whichever of them they are told', () => {
    const lossy = ['ann', { by: 'ann', at: 'b:4', atMs: 300 }] as const
    const bob = (gap: string) => ({ streams: { lobby: `0 ${gap} 1` }, holes: ['1-b:4'] })
    const clients = (gap: string) => ({ ann: '0 gap(1,b:4) 1', bob: bob(gap) })
    expect(judge({ sends: lossy, faults, clients: clients('gap(b:1,b:4)') }).lost).toBe(0)
    expect(judge({ sends: lossy, faults, clients: clients('gap(b:2,b:4)') }).lost).toBeGreaterThan(0)
  })

  test.each([
    ['that did not fire', { firedAtMs: null }, 2, 0],
    ['whose effect nobody saw', { effectAtMs: null }, 2, 0],
    ['whose healing failed, until the load ends', { healedAtMs: null }, 1, 1],
  ])('are excused by no fault %s', (_, fault, lost, declared) => {
    const late = ['ann', 'ann', { by: 'ann', atMs: 700 }, { by: 'ann', atMs: 800 }] as const
    const clients = { ann: '0 1 2 3', bob: '0 gap(1,4) 3' }
    const found = judge({ sends: late, loadMs: 600, faults: [{ ...faults[0], ...fault }], clients })
    expect(found).toMatchObject({ lost, declared })
  })

  test('never cover what was first handed over after the last healing', () => {
    const found = judge({ sends, faults, clients: { ann: '0 1 2 3 4', bob: '0 1 2 gap(3,5) 4' } })
    expect(found).toMatchObject({ lost: 1, declared: 0 })
  })

  test('cover seqs that no message of the plan stands at', () => {
    const wide = ['ann', { by: 'ann', at: 4 }] as const
    const found = judge({ sends: wide, clients: { ann: '0 gap(1,4) 1', bob: '0 gap(1,4) 1' } })
    expect(found.lost).toBe(0)
  })

  test('cover what Redis lost from the log, where a client was told', () => {
    const lossy = ['ann', 'ann', { by: 'ann', at: 'b:2', atMs: 300 }] as const
    const logs = { lobby: '0 2' }
    const clients = { ann: '0 1 | 2', bob: '0 | gap(1,b:2) 2' }
    expect(judge({ sends: lossy, faults, logs, clients })).toMatchObject({ lost: 0, declared: 2 })
    const untold = { ann: '0 1 | 2', bob: '0 | 2' }
    expect(judge({ sends: lossy, faults, logs, clients: untold })).toMatchObject({ lost: 2, declared: 0 })
  })

  test('cover what everybody had got, where the log was lost with it and began again', () => {
    const empty = ['ann', 'ann', { by: 'ann', at: 'b:1', atMs: 300 }] as const
    const clients = { ann: '0 1 gap(2,b:1) 2', bob: '0 1 gap(2,b:1) 2' }
    expect(judge({ sends: empty, faults, logs: { lobby: '2' }, clients })).toMatchObject({ lost: 0, declared: 2 })
    // Said after the healing, and gone all the same.
    const healed = [{ firedAtMs: 10, healedAtMs: 50 }]
    const late = judge({ sends: empty, faults: healed, logs: { lobby: '2' }, clients })
    expect(late).toMatchObject({ lost: 1, declared: 1 })
  })

  test('cover of the log what comes from where it begins again, and nothing before', () => {
    const back = ['ann', 'ann', 'ann', { by: 'ann', at: 'b:2', atMs: 300 }] as const
    const clients = { ann: '0 1 2 gap(3,b:2) 3', bob: '0 1 2 gap(3,b:2) 3' }
    const withFirst = judge({ sends: back, faults, logs: { lobby: '0 3' }, clients })
    expect(withFirst).toMatchObject({ lost: 0, declared: 2 })
    const without = judge({ sends: back, faults, logs: { lobby: { firstSeq: 1, entries: '3' } }, clients })
    expect(without).toMatchObject({ lost: 1, declared: 2 })
  })

  test('cover what an epoch before the last one had, where the log was lost back into it', () => {
    const twice = ['ann', 'ann', { by: 'ann', at: 'b:3' }, { by: 'ann', at: 'c:2', atMs: 300 }] as const
    const clients = { ann: '0 1 2 gap(b:3,c:2) 3', bob: '0 1 2 gap(b:3,c:2) 3' }
    expect(judge({ sends: twice, faults, logs: { lobby: '0 3' }, clients })).toMatchObject({ lost: 0, declared: 2 })
  })

  test('do not cover what is missing from a log that was only trimmed', () => {
    const trimmed = ['ann', 'ann', 'ann', 'ann'] as const
    const clients = { ann: '0 1 2 3', bob: '0 gap(1,3) 2 3' }
    const found = judge({ sends: trimmed, faults, logs: { lobby: '0 1 2' }, clients })
    expect(found.examples.map(({ message }) => message)).toContain(3)
  })
})

test('keeps the first examples only, and counts all', () => {
  const sends = new Array<string>(EXAMPLES_MAX + 5).fill('ann')
  const found = judge({ sends, clients: { ann: sends.map((_, number) => number).join(' '), bob: '' } })
  expect(found.lost).toBe(EXAMPLES_MAX + 5)
  expect(found.examples).toHaveLength(EXAMPLES_MAX)
})

test('a hole of millions is counted without looking at each', () => {
  const sends = ['ann', { by: 'ann', at: 2_000_002 }] as const
  expect(judge({ sends, clients: { ann: '0 1', bob: '0' }, logs: { lobby: '0 1' } }).lost).toBe(2_000_000 + 1)
})
