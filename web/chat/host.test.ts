import { expect, test } from 'vitest'
import type { Output } from '../../client/client.ts'
import { type Credentials, SignInRefused } from './credentials.ts'
import { ChatHost } from './host.ts'
import { settle, TestClock, TestSocket } from './test-page.ts'

interface Started {
  readonly clock: TestClock
  readonly host: ChatHost
  readonly sockets: TestSocket[]
  readonly outputs: Output[]
}

async function start(
  signIn: () => Promise<Credentials> = async () => ({ guest: 'ann' }),
  addresses: readonly string[] = ['ws://one/ws', 'ws://two/ws'],
): Promise<Started> {
  const clock = new TestClock()
  const sockets: TestSocket[] = []
  const outputs: Output[] = []
  const host = new ChatHost({
    ...{ addresses, clock, signIn, sender: 'page', random: () => 0.5 },
    openSocket: (url, protocols) => {
      const socket = new TestSocket(url, protocols)
      sockets.push(socket)
      return socket
    },
    onOutput: output => outputs.push(output),
    onConnection: () => {},
    onWelcome: () => {},
  })
  host.start()
  await settle()
  clock.pass(0)
  return { clock, host, sockets, outputs }
}

test('a guest comes by name, and is told which instance has greeted', async () => {
  const { host, sockets } = await start(undefined, ['ws://one/ws'])
  expect(sockets[0]).toMatchObject({ url: 'ws://one/ws?guest=ann', protocols: ['tuesday.v1'] })
  expect(host.connection).toMatchObject({ status: 'connecting', instance: null })
  sockets[0]!.greet('chat-1')
  expect(host.connection).toMatchObject({ status: 'open', instance: 'chat-1', retryAtMs: null })
})

test('a lost connection is waited for, and taken up at another address', async () => {
  const { clock, host, sockets } = await start()
  sockets[0]!.greet('chat-1')
  host.join('lobby', {})
  sockets[0]!.onclose!({ code: 1006 })
  expect(host.connection).toMatchObject({ status: 'waiting', retryAtMs: 50 })
  clock.pass(50)
  expect(sockets.map(({ url }) => new URL(url).host)).toEqual(['two', 'one'])
  sockets[1]!.greet('chat-2')
  expect(sockets[1]!.last('join')).toMatchObject({ room: 'lobby' })
})

test('a socket that is closing is given nothing, and what was meant for it goes to the next', async () => {
  const { clock, host, sockets } = await start()
  const joined = { type: 'joined', room: 'lobby', position: { epoch: 'e', seq: 0 }, complete: true, top: 0 } as const
  sockets[0]!.greet('chat-1')
  host.join('lobby', {})
  sockets[0]!.tell(joined)
  sockets[0]!.readyState = 2
  host.send('lobby', 'too late', 'own 1')
  expect(sockets[0]!.last('send')).toBeUndefined()
  sockets[0]!.onclose!({ code: 1012 })
  clock.pass(50)
  sockets[1]!.greet('chat-2')
  sockets[1]!.tell(joined)
  expect(sockets[1]!.last('send')).toMatchObject({ room: 'lobby', text: 'too late' })
})

test('what an old socket still says is not heard', async () => {
  const { clock, host, sockets } = await start()
  sockets[0]!.greet('chat-1')
  sockets[0]!.onclose!({ code: 1006 })
  clock.pass(50)
  sockets[1]!.greet('chat-2')
  sockets[0]!.onclose!({ code: 4403 })
  expect(host.connection.status).toBe('open')
})

test('offline it does not try, and online it tries at once', async () => {
  const { clock, host, sockets } = await start()
  sockets[0]!.greet('chat-1')
  host.wentOffline()
  expect(sockets[0]!.closedBy).not.toBeNull()
  expect(host.connection.status).toBe('offline')
  clock.pass(60_000)
  expect(sockets).toHaveLength(1)
  host.wentOnline()
  expect(sockets).toHaveLength(2)
  sockets[1]!.greet('chat-2')
  expect(host.connection.status).toBe('open')
})

test('what is sent offline is written once the connection is back', async () => {
  const { host, sockets, clock, outputs } = await start()
  const joined = { type: 'joined', room: 'lobby', position: { epoch: 'e', seq: 0 }, complete: true, top: 0 } as const
  sockets[0]!.greet('chat-1')
  host.join('lobby', {})
  sockets[0]!.tell(joined)
  host.wentOffline()
  host.send('lobby', 'hello', 'own 1')
  clock.pass(30_000)
  host.wentOnline()
  sockets[1]!.greet('chat-2')
  sockets[1]!.tell(joined)
  expect(sockets[1]!.written.filter(({ type }) => type === 'send')).toMatchObject([{ text: 'hello', n: 1 }])
  sockets[1]!.tell({ type: 'ack', room: 'lobby', session: 'page.1', n: 1, epoch: 'e', seq: 1 })
  expect(outputs.at(-1)).toMatchObject({ type: 'acked', handle: 'own 1' })
  expect(host.ackedId('lobby', 'e', 1)).toBe('page.1/1')
})

test('an attempt that hangs is given up', async () => {
  const { clock, sockets } = await start()
  clock.pass(9_999)
  expect(sockets).toHaveLength(1)
  clock.pass(200)
  expect(sockets).toHaveLength(2)
  expect(sockets[0]!.closedBy).not.toBeNull()
})

test('a fresh token is asked for when the old one has ended', async () => {
  let count = 0
  const { clock, host, sockets } = await start(async () => {
    count += 1
    return { token: `token-${count}` }
  })
  expect(sockets[0]!.protocols).toEqual(['tuesday.v1', 'token.token-1'])
  sockets[0]!.greet('chat-1')
  sockets[0]!.onclose!({ code: 4401 })
  expect(host.connection.status).toBe('connecting')
  await settle()
  clock.pass(5_000)
  expect(sockets[1]!.protocols).toEqual(['tuesday.v1', 'token.token-2'])
})

test('who is refused a token is told why, and not asked for again', async () => {
  let count = 0
  const { clock, host, sockets } = await start(async () => {
    count += 1
    throw new SignInRefused('Sign in first.')
  })
  clock.pass(60_000)
  await settle()
  expect([count, sockets.length]).toEqual([1, 0])
  expect(host.connection).toMatchObject({ status: 'ended', reason: 'Sign in first.' })
})

test('a sign-in that cannot be reached is asked again', async () => {
  let count = 0
  const { clock, sockets } = await start(async () => {
    count += 1
    if (count < 3) throw new Error('away')
    return { token: 'x' }
  })
  for (let turn = 0; turn < 3; turn += 1) {
    clock.pass(2_000)
    await settle()
  }
  clock.pass(0)
  expect([count, sockets.length]).toEqual([3, 1])
})

test('a final close is told and not retried', async () => {
  const { clock, host, sockets } = await start()
  sockets[0]!.onopen!()
  sockets[0]!.onclose!({ code: 4403 })
  clock.pass(60_000)
  expect(sockets).toHaveLength(1)
  expect(host.connection).toMatchObject({ status: 'ended', reason: 'pages of this origin are not allowed here' })
})

test('a page that wakes up late connects at once', async () => {
  const { clock, host, sockets } = await start()
  sockets[0]!.greet('chat-1')
  sockets[0]!.onclose!({ code: 1006 })
  // The browser's timers did not run.
  const late = clock.nowMs() + 50
  Object.defineProperty(clock, 'nowMs', { value: () => late })
  host.woke()
  expect(sockets).toHaveLength(2)
})
