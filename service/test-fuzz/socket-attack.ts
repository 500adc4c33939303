/** Test support: the part of an attacker that speaks WebSocket, or something like it. */

import { CLOSE_CODES } from '../protocol.ts'
import { tokenOf } from '../test-token.ts'
import { type Attack, tokensFor } from './attack.ts'
import { ConnectionOracle } from './connection-oracle.ts'
import { type Payload, readPayload } from './frame-reading.ts'
import { HostileFrames, type Surroundings } from './hostile-frames.ts'
import { badTokens, HostileHandshakes, judgeHandshake } from './hostile-handshakes.ts'
import { HostileWire } from './hostile-wire.ts'
import { RawSocket } from './raw-socket.ts'
import { encodeFrame, type HandshakeOptions, OPCODES, readClientBytes } from './websocket-wire.ts'
import { shakeHands, WireClient } from './wire-client.ts'

/** Year 2286. */
const FAR_AWAY_SECONDS = 1e10
const KNOWN_CODES: readonly number[] = Object.values(CLOSE_CODES).map(({ code }) => code)

export class SocketAttack {
  readonly #attack: Attack
  readonly #frames: HostileFrames
  readonly #wire: HostileWire
  readonly #handshakes: HostileHandshakes
  readonly #senders: readonly string[]
  readonly #badTokens = badTokens()
  #client: WireClient | null = null
  /** Where there is one, it is the client again when the client is done. */
  #resting: WireClient | null = null

  constructor(attack: Attack) {
    const { random, limits, lane } = attack
    this.#attack = attack
    this.#frames = new HostileFrames(random, limits)
    this.#wire = new HostileWire(random, limits.frameBytesMax)
    this.#handshakes = new HostileHandshakes(random)
    this.#senders = ['k', '-', '_', 's'.repeat(32), `${lane}`]
  }

  /** What was said last. */
  get transcript(): readonly string[] {
    return this.#client?.transcript ?? []
  }

  [Symbol.dispose](): void {
    this.#dropClient()
    this.#resting?.socket[Symbol.dispose]()
  }

  #dropClient(): void {
    this.#client?.socket[Symbol.dispose]()
    this.#client = null
  }

  /** Several frames at once, up to one that ends the connection. */
  async sendFrames(): Promise<void> {
    const { random, inputs, limits } = this.#attack
    const client = await this.#connected()
    const { oracle } = client
    const pieces: Buffer[] = []
    let fatal: Payload | null = null
    // Not more than may be unanswered, or chance would say which are refused.
    for (let left = random.between(1, limits.inFlightMax); left > 0 && fatal === null && !oracle.mustSettle; left--) {
      const payload = this.#frames.next(this.#surroundings(client))
      if (this.#disturbs(payload, client)) continue
      inputs.add('frames')
      if (oracle.isFatal(payload)) fatal = payload
      else pieces.push(this.#written(client, payload))
    }
    this.#write(client, pieces)
    await client.settle()
    if (fatal === null) return
    const last = [this.#written(client, fatal)]
    // What comes behind the last word is not read.
    for (let left = random.chance(0.3) ? random.between(1, 3) : 0; left > 0; left--) {
      const { bytes, isBinary } = this.#frames.next(this.#surroundings(client))
      last.push(encodeFrame({ opcode: isBinary ? OPCODES.binary : OPCODES.text, payload: bytes }))
    }
    this.#write(client, last)
    await this.#expectClose(client, oracle.closeCode!)
  }

  /** Bytes that may be no frames at all, and are the last of their connection: that of the client, or at times one more. */
  async breakWire(): Promise<void> {
    if (this.#client !== null && this.#attack.random.chance(0.6)) {
      this.#resting = this.#client
      this.#client = null
    }
    await this.#breakWire(await this.#connected())
    this.#client = this.#resting
    this.#resting = null
  }

  async #breakWire(client: WireClient): Promise<void> {
    const { inputs, limits } = this.#attack
    const { oracle, socket } = client
    const bytes = this.#wire.next()
    inputs.add('wire')
    client.note(`> ${bytes.toString('hex')}`)
    let goodbye: Buffer | null = null
    for (const event of readClientBytes(bytes, limits.frameBytesMax)) {
      if (oracle.closeCode !== null) break
      if (event.is === 'message') oracle.sent(event)
      else if (event.is === 'ping') client.pingsDue.push(event.payload)
      else if (event.is === 'violation') oracle.closeCode = event.code
      else goodbye = event.payload
    }
    this.#write(client, [bytes])
    if (oracle.closeCode !== null) return this.#expectClose(client, oracle.closeCode)
    if (goodbye === null) return this.hangUp()
    await client.untilGoodbye()
    if (!client.goodbye?.equals(goodbye))
      throw new Error(`closed with ${client.closeCode}; due is what the client said`)
    socket.end()
    await socket.untilEnded()
    this.#dropClient()
  }

  /** Any handshake. Where it is let in it becomes the client, if there is none. */
  async knock(): Promise<void> {
    const { inputs, rooms, guests } = this.#attack
    const options = this.#handshakes.next(guests, tokensFor(this.#attack, this.#badTokens))
    this.#attack.doing = [JSON.stringify(options)]
    inputs.add('handshakes')
    if (this.#client === null) await rooms.renew()
    await this.#open(options)
  }

  /** Ends the connection, if there is one, as a client does that is done: nothing more is due, and no close frame is. */
  async hangUp(): Promise<void> {
    const client = this.#client
    if (client === null) return
    await client.settle()
    client.socket.end()
    await client.untilGoodbye()
    if (client.goodbye !== null) throw new Error(`closed with ${client.closeCode}; due is an end without a close frame`)
    this.#dropClient()
  }

  /** Shows it to the oracle, and makes bytes of it: one frame, or several with a ping in between. */
  #written(client: WireClient, { bytes, isBinary }: Payload): Buffer {
    const { random } = this.#attack
    client.note(`> ${isBinary ? 'binary ' : ''}${bytes}`)
    client.oracle.sent({ bytes, isBinary })
    const opcode = isBinary ? OPCODES.binary : OPCODES.text
    if (client.oracle.closeCode !== null || !random.chance(0.08)) return encodeFrame({ opcode, payload: bytes })
    const cut = random.between(0, bytes.length)
    const ping = random.bytes(random.between(0, 9))
    client.pingsDue.push(ping)
    return Buffer.concat([
      encodeFrame({ opcode, payload: bytes.subarray(0, cut), isFinal: false }),
      encodeFrame({ opcode: OPCODES.ping, payload: ping }),
      encodeFrame({ opcode: OPCODES.continuation, payload: bytes.subarray(cut) }),
    ])
  }

  #write(client: WireClient, pieces: readonly Buffer[]): void {
    const { random } = this.#attack
    const bytes = Buffer.concat(pieces)
    const cutCount = random.chance(0.2) ? random.between(1, 4) : 0
    client.socket.writePieces(
      bytes,
      Array.from({ length: cutCount }, () => random.between(0, bytes.length)),
    )
  }

  async #expectClose(client: WireClient, code: number): Promise<void> {
    await client.untilGoodbye()
    if (client.closeCode !== code) throw new Error(`closed with ${client.closeCode}; due is ${code}`)
    if (!KNOWN_CODES.includes(code)) throw new Error(`closed with ${code}, which is not in the table of close codes`)
    this.#attack.closes.add(code)
    const { socket, goodbye } = client
    if (this.#attack.random.chance(0.5)) {
      socket.write(encodeFrame({ opcode: OPCODES.close, payload: goodbye! }))
      await socket.untilEnded()
    } else socket.reset()
    this.#dropClient()
  }

  /**
   * Whether it would speak in the room of the well-behaved, who could not tell it from their own, or read all that they have said; or enter
   * a room where another attacker may be.
   */
  #disturbs(payload: Payload, { oracle }: WireClient): boolean {
    const { limits, rooms } = this.#attack
    const reading = readPayload(payload, limits)
    if (reading.is !== 'frame' || !('room' in reading.frame)) return false
    const { frame } = reading
    if (frame.room !== rooms.foreign) return frame.type === 'join' && rooms.modelOf(frame.room) === null
    if (frame.type === 'join') return frame.position !== undefined || frame.history !== undefined
    return frame.type === 'send' && oracle.rooms.includes(rooms.foreign)
  }

  #surroundings({ oracle }: WireClient): Surroundings {
    const { rooms } = this.#attack
    const names = new Set(oracle.rooms)
    return {
      user: oracle.visitor.user,
      joined: rooms.all.filter(({ name }) => names.has(name)),
      others: rooms.all.filter(({ name }) => !names.has(name)),
      foreign: rooms.foreign,
      isInForeign: names.has(rooms.foreign),
      senders: this.#senders,
    }
  }

  async #connected(): Promise<WireClient> {
    if (this.#client !== null) return this.#client
    if (this.#resting === null) await this.#attack.rooms.renew()
    await this.#open(this.#rightHandshake())
    return this.#client!
  }

  /** As a guest, or with a token that may allow some rooms only. */
  #rightHandshake(): HandshakeOptions {
    const { random, lane, guests, rooms, visitors } = this.#attack
    const guest = random.chance(0.8) ? guests[0] : random.pick(guests)
    if (random.chance(0.75)) return { query: `?guest=${guest}`, subprotocols: 'tuesday.v1' }
    const allowed = random.chance(0.5) ? null : rooms.all.slice(random.between(0, 7)).map(({ name }) => name)
    const user = `t${lane}`
    const token = tokenOf({ sub: user, exp: FAR_AWAY_SECONDS, ...(allowed === null ? {} : { rooms: allowed }) })
    visitors.set(token, { user, rooms: allowed === null ? null : new Set(allowed) })
    return { query: '', subprotocols: `tuesday.v1, token.${token}` }
  }

  async #open(options: HandshakeOptions): Promise<void> {
    const { instance, limits, visitors, rooms, closes, answers } = this.#attack
    const admission = judgeHandshake(options, token => visitors.get(token) ?? null)
    const socket = await RawSocket.connect(instance.port)
    try {
      const status = await shakeHands(socket, options)
      if (status !== (admission.is === 'refused' ? admission.status : 101))
        throw new Error(`the handshake got ${status}`)
      if (admission.is === 'refused') return await socket.untilEnded()
      const visitor = admission.is === 'admitted' ? admission : { user: '', rooms: null }
      const oracle = new ConnectionOracle({ visitor, limits, modelOf: name => rooms.modelOf(name) })
      const client = new WireClient({ socket, oracle, answers })
      if (admission.is === 'closed') {
        await client.untilGoodbye()
        if (!admission.codes.includes(client.closeCode!))
          throw new Error(`closed with ${client.closeCode}; due is ${admission.codes.join(' or ')}`)
        return closes.add(client.closeCode!)
      }
      oracle.expectWelcome(instance.name)
      await client.settle()
      this.#client ??= client
    } finally {
      if (this.#client?.socket !== socket) socket[Symbol.dispose]()
    }
  }
}
