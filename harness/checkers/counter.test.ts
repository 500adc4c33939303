import { expect, test } from 'vitest'
import type { ConnectionRecord, Ledger } from '../ledger/ledger.ts'
import { COUNT_MS_MAX, checkCounter } from './counter.ts'
import { type HistorySketch, history } from './history.ts'
import { indexRun } from './indexed-run.ts'

/** Ann and Bob have joined at -500 ms and stay; counts are written down until 60 s. */
const CLIENTS = { ann: '', bob: '' }
const HONEST = { ann: '2@-480', bob: '2@-480' }

function judge(sketch: HistorySketch, change: (ledger: Ledger) => Ledger = ledger => ledger) {
  const { plan, ledger, phases } = history(sketch)
  return checkCounter(indexRun(plan, change(ledger)), phases)
}

function connection(instance: number, openedAtMs: number, closedAtMs: number | null = null): ConnectionRecord {
  return { instance, openedAtMs, closedAtMs, closeCode: null, draining: false, firstCrossAtMs: null }
}

/** Bob is cut off at `lostAtMs`; he comes back, and is in the room again, 10 ms later, or never. */
function withLoss(sketch: HistorySketch, lostAtMs: number, isBack: boolean) {
  return judge(sketch, ledger => {
    const [ann, bob] = ledger.clients
    const [membership] = bob!.memberships
    const connections = [connection(1, -1_000, lostAtMs)]
    const joins = [...membership!.joins]
    if (isBack) {
      const position = { epoch: 'a', seq: 0 }
      connections.push(connection(0, lostAtMs + 5))
      joins.push({ connection: 1, askedAtMs: lostAtMs + 6, answeredAtMs: lostAtMs + 10, position, complete: true })
    }
    return { ...ledger, clients: [ann!, { ...bob!, connections, memberships: [{ ...membership!, joins }] }] }
  })
}

test('accepts that everybody is told the truth, and counts what was judged', () => {
  const { counterWrong, judged } = judge({ clients: CLIENTS, counts: HONEST })
  expect(counterWrong).toMatchObject({ count: 0, examples: [] })
  expect(judged).toBe(2)
})

test('accepts wrong numbers until 10 s after the change, and not a moment longer', () => {
  const toldAtMs = -500 + COUNT_MS_MAX
  const told = (atMs: number) => judge({ clients: CLIENTS, counts: { ...HONEST, ann: `1@-490 2@${atMs}` } })
  expect(told(toldAtMs).counterWrong!.count).toBe(0)
  expect(told(toldAtMs + 1).counterWrong!.count).toBe(1)
})

test.each([
  [
    'too few',
    '1@-480',
    'told 1 connections and 1 participants, where 2 clients had joined, in 60.5 s without a change',
  ],
  [
    'too many',
    '3@-480',
    'told 3 connections and 3 participants, where 2 clients had joined, in 60.5 s without a change',
  ],
  ['too many connections alone', '3/2@-480', 'told 3 connections and 2 participants, where 2 clients had joined'],
  ['too few participants alone', '2/1@-480', 'told 2 connections and 1 participants, where 2 clients had joined'],
  ['nothing', '', 'told no numbers, where 2 clients had joined'],
  ['the truth, and something else later', '2@-480 3@30000', 'told 3 connections and 3 participants'],
  ['something else for a moment', '2@-480 3@30000 2@30100', 'told 3 connections and 3 participants'],
])('rejects a client that is told %s', (_, told, what) => {
  const { counterWrong } = judge({ clients: CLIENTS, counts: { ...HONEST, bob: told } })
  expect(counterWrong!.count).toBe(1)
  expect(counterWrong!.examples[0]).toMatchObject({ client: 'bob', room: 'lobby', instance: 'chat-2', connection: 0 })
  expect(counterWrong!.examples[0]!.what).toContain(what)
})

test('the share of a killed instance has to be gone 10 s after its last client noticed, and the quiet time before is judged apart', () => {
  const counts = (ann: string) => ({
    clients: CLIENTS,
    counts: { ann, bob: '2@-480' },
    faults: [{ firedAtMs: 29_990 }],
  })
  expect(withLoss(counts('2@-480 1@39000'), 30_000, false).counterWrong!.count).toBe(0)
  const late = withLoss(counts('2@-480 1@41000'), 30_000, false)
  expect(late.counterWrong!.count).toBe(1)
  expect(late.counterWrong!.examples[0]).toMatchObject({ client: 'ann', fault: 'kill-instance chat-2' })
  expect(withLoss(counts('3@-480 1@39000'), 30_000, false).counterWrong!.count).toBe(1)
  expect(withLoss(counts('3@-480 2@41000'), 30_000, false).counterWrong!.count).toBe(2)
})

test('accepts that others are told of a loss before the client itself notices', () => {
  expect(withLoss({ clients: CLIENTS, counts: { ann: '2@-480 1@29500', bob: '2@-480' } }, 30_000, false)).toMatchObject(
    {
      counterWrong: { count: 0 },
      judged: 3,
    },
  )
  const early = withLoss({ clients: CLIENTS, counts: { ann: '2@-480 1@28500', bob: '2@-480' } }, 30_000, false)
  expect(early.counterWrong!.count).toBe(1)
})

test('who comes back has to be told again on the new connection, though the numbers are the same', () => {
  const counts = (bob: string) => ({ clients: CLIENTS, counts: { ann: '2@-480', bob } })
  expect(withLoss(counts('2@-480 2@30020'), 30_000, true).counterWrong!.count).toBe(0)
  const silent = withLoss(counts('2@-480'), 30_000, true)
  expect(silent.counterWrong!.count).toBe(1)
  expect(silent.counterWrong!.examples[0]).toMatchObject({ client: 'bob', connection: 1, instance: 'chat-1' })
  expect(silent.counterWrong!.examples[0]!.what).toContain('told no numbers')
})

test('changes that come too fast leave nothing to judge in between', () => {
  const clients = { ann: '', bob: { streams: { lobby: 'leave(0) join(0)' } } }
  const counts = { ann: '7@-480 2@9000', bob: '7@-480 2@9000' }
  expect(judge({ clients, counts })).toMatchObject({ counterWrong: { count: 0 }, judged: 2 })
})

test('who has left is not counted and need not be told', () => {
  const clients = { ann: '', bob: { streams: { lobby: 'leave(0)' } } }
  expect(judge({ clients, counts: { ann: '1@9000', bob: '2@-480' } })).toMatchObject({
    counterWrong: { count: 0 },
    judged: 1,
  })
  expect(judge({ clients, counts: { ann: '2@-480', bob: '2@-480' } }).counterWrong!.count).toBe(1)
})

test('others may be told of a leave a second before its answer is read, and no sooner', () => {
  const joined = { streams: { lobby: '' }, joinedAtMs: -15_000 }
  const clients = { ann: joined, bob: { ...joined, streams: { lobby: 'leave(0)' } }, cleo: joined }
  const told = (atMs: number) => {
    const counts = { ann: `3@-14900 2@${atMs}`, cleo: `3@-14900 2@${atMs}` }
    return judge({ clients, counts }, ledger => ({
      ...ledger,
      clients: ledger.clients.map(client => ({
        ...client,
        connections: [connection(0, -15_100)],
        memberships: client.memberships.map(membership => ({
          ...membership,
          leaves: membership.leaves.map(leave => ({ ...leave, answeredAtMs: 0 })),
        })),
      })),
    }))
  }
  expect(told(-300).counterWrong!.count).toBe(0)
  expect(told(-1_500).counterWrong!.count).toBe(2)
})

test('at an end that came too soon, what is right counts, and what is wrong leaves all of it unknown', () => {
  const soon = { clients: CLIENTS, countedUntilMs: 5_000 }
  expect(judge({ ...soon, counts: HONEST })).toMatchObject({ counterWrong: { count: 0 }, judged: 2 })
  expect(judge({ ...soon, counts: { ...HONEST, bob: '1@-480' } }).counterWrong).toBeNull()
  expect(judge({ ...soon, counts: { ...HONEST, bob: '2@-480 1@5001' } }).counterWrong!.count).toBe(0)
})

test('an end before everybody must have found out is as any that comes soon', () => {
  const faults = [{ kind: 'half-open-clients' as 'kill-instance', firedAtMs: 0, healedAtMs: 10 }]
  const soon = { clients: CLIENTS, countedUntilMs: 25_000, faults }
  expect(judge({ ...soon, counts: HONEST })).toMatchObject({ counterWrong: { count: 0 }, judged: 2 })
  expect(judge({ ...soon, counts: { ...HONEST, bob: '3@-480 2@24000' } })).toMatchObject({ counterWrong: { count: 0 } })
  expect(judge({ ...soon, counts: { ...HONEST, bob: '3@-480' } }).counterWrong).toBeNull()
})

test('changes after the end, when clients are ended, are none', () => {
  const counts = { ann: '2@-480', bob: '2@-480' }
  const { counterWrong } = withLoss({ clients: CLIENTS, counts, countedUntilMs: 25_000 }, 30_000, false)
  expect(counterWrong).toMatchObject({ count: 0 })
})

test('what was wrong in an earlier quiet time is wrong, whatever the end leaves open', () => {
  const sketch = { clients: CLIENTS, counts: { ann: '3@-480', bob: '2@-480' }, countedUntilMs: 31_000 }
  expect(withLoss(sketch, 30_000, false).counterWrong!.count).toBe(1)
})

test('an open join leaves the numbers unknown', () => {
  const bob = { streams: { lobby: '' }, joinedAtMs: null, joinedAtEnd: false }
  expect(judge({ clients: { ann: '', bob }, counts: { ann: '1@-480' } })).toMatchObject({
    counterWrong: null,
    judged: 0,
  })
})

test('visits of others are not judged, but what is right before and after them', () => {
  const visits = [{ rooms: [0], fromMs: 15_000, untilMs: 40_000 }]
  const told = (ann: string) => judge({ clients: CLIENTS, visits, counts: { ann, bob: '2@-480' } }).counterWrong!.count
  expect(told('2@-480 90@15100 2@49000')).toBe(0)
  expect(told('2@-480 90@15100 2@51000')).toBe(1)
  expect(told('3@-480 2@49000')).toBe(1)
  const elsewhere = [{ ...visits[0]!, rooms: [1] }]
  const counts = { ann: '2@-480 90@15100 2@49000', bob: '2@-480' }
  expect(judge({ clients: CLIENTS, visits: elsewhere, counts }).counterWrong!.count).toBe(1)
})

test('a fault that ends no instance is not judged until it has healed; a kill is', () => {
  const counts = { ann: '2@-480 1@14000 2@44000', bob: '2@-480' }
  const during = (kind: string) =>
    judge({
      clients: CLIENTS,
      counts,
      faults: [{ kind: kind as 'kill-instance', firedAtMs: 13_000, healedAtMs: 35_000 }],
    })
  expect(during('pause-instance').counterWrong!.count).toBe(0)
  expect(during('kill-instance').counterWrong!.count).toBe(1)
  const after = judge({
    clients: CLIENTS,
    counts: { ...counts, ann: '2@-480 1@14000 2@46000' },
    faults: [{ kind: 'pause-instance' as 'kill-instance', firedAtMs: 13_000, healedAtMs: 35_000 }],
  })
  expect(after.counterWrong!.count).toBe(1)
})

test('two rooms are counted apart', () => {
  const clients = {
    ann: { streams: { lobby: '', den: '' } },
    bob: { streams: { lobby: '' } },
  }
  expect(judge({ rooms: ['lobby', 'den'], clients })).toMatchObject({ counterWrong: { count: 0 }, judged: 3 })
  const { counterWrong } = judge({ rooms: ['lobby', 'den'], clients, counts: { ann: '1@-480' } })
  expect(counterWrong!.examples.map(({ room }) => room)).toEqual(['lobby'])
})

test('knows nothing where counts were not written down', () => {
  expect(judge({ clients: CLIENTS, countedUntilMs: null })).toMatchObject({ counterWrong: null, judged: 0 })
})
