/** Test support: the part of an attacker that speaks HTTP, or something like it. */

import { HTTP_ERROR_CODES } from '../protocol.ts'
import { type Attack, tokensFor } from './attack.ts'
import { HostileByteStreams } from './hostile-bytes.ts'
import { badTokens } from './hostile-handshakes.ts'
import { HostileRequests } from './hostile-requests.ts'
import { decodeAnswer, encodeRequest, type HttpAnswer, readAnswer } from './http-wire.ts'
import { RawSocket } from './raw-socket.ts'
import { judgeRequest } from './request-oracle.ts'

const REQUESTS_AT_ONCE_MAX = 6
const SHOWN_CHARACTERS_MAX = 1000

export class HttpAttack {
  readonly #attack: Attack
  readonly #requests: HostileRequests
  readonly #streams: HostileByteStreams
  readonly #badTokens = badTokens()
  #socket: RawSocket | null = null

  constructor(attack: Attack) {
    this.#attack = attack
    this.#requests = new HostileRequests(attack.random, attack.limits)
    this.#streams = new HostileByteStreams(attack.random, attack.limits)
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]()
    this.#socket = null
  }

  /** Whole requests, on a connection that is kept as long as the service keeps it. */
  async sendRequests(): Promise<void> {
    const { random, limits, rooms, guests, visitors, inputs, answers, instance } = this.#attack
    for (let left = random.between(1, REQUESTS_AT_ONCE_MAX); left > 0; left--) {
      const tokens = tokensFor(this.#attack, this.#badTokens)
      const request = this.#requests.next({ rooms: rooms.all, guests, tokens })
      const check = judgeRequest(request, {
        limits,
        readToken: token => visitors.get(token) ?? null,
        modelOf: name => rooms.modelOf(name),
      })
      if (check === null) continue
      inputs.add('requests')
      const body = request.body?.toString().slice(0, SHOWN_CHARACTERS_MAX)
      this.#attack.doing = [JSON.stringify({ ...request, body })]
      this.#socket ??= await RawSocket.connect(instance.port)
      this.#socket.write(encodeRequest(request))
      const answer = await readAnswer(this.#socket, request.method)
      if (answer === null) throw new Error('the connection ended without an answer')
      this.#attack.doing.push(describe(answer))
      check(answer)
      answers.add(`${answer.status} ${/^{"error":"([\w-]+)"/.exec(answer.body)?.[1] ?? ''}`)
      if (answer.headers.get('connection') === 'close') this[Symbol.dispose]()
    }
  }

  /** Bytes on a connection of their own, and then the end of what the client says. */
  async sendBytes(): Promise<void> {
    const { random, inputs, instance } = this.#attack
    const { what, bytes, statuses, mayBeSilent } = this.#streams.next()
    inputs.add('bytes')
    this.#attack.doing = [`${what}: ${JSON.stringify(bytes.toString('latin1').slice(0, SHOWN_CHARACTERS_MAX))}`]
    using socket = await RawSocket.connect(instance.port)
    socket.write(bytes)
    if (random.chance(0.1)) return socket.reset()
    // An answer that comes before the service has read everything could be lost if the client went on.
    if (statuses[0] === HTTP_ERROR_CODES['body-too-long'].status)
      await socket.find('the answer', () => decodeAnswer(socket.received, 'POST'))
    socket.end()
    await socket.untilEnded()
    const found: HttpAnswer[] = []
    for (let next = decodeAnswer(socket.received, 'GET'); next !== null; next = decodeAnswer(socket.received, 'GET')) {
      socket.take(next.size)
      found.push(next.answer)
    }
    this.#attack.doing.push(...found.map(describe))
    const isDue = found.every(({ status }) => statuses.includes(status)) && (found.length > 0 || mayBeSilent)
    if (!isDue || socket.received.length > 0) throw new Error(`due is ${statuses.join(' or ')}`)
  }
}

function describe({ status, body }: HttpAnswer): string {
  return `${status} ${body.slice(0, SHOWN_CHARACTERS_MAX)}`
}
