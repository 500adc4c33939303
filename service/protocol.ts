/**
 * The wire: every frame, code and limit that service, client, web and harness share.
 *
 * JSON text frames over a WebSocket at {@link WEBSOCKET_PATH} with the subprotocol {@link SUBPROTOCOL}. One socket carries many
 * rooms. This file has types and constants only, so that a browser can import it.
 */

export const SUBPROTOCOL = 'tuesday.v1'
/** A token comes as a second subprotocol, since browsers cannot set headers: `token.<JWT>`. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'token.'
export const WEBSOCKET_PATH = '/ws'

/** Identity of an unbroken stretch of a room's log. Opaque; compare for equality only. */
export type Epoch = string

/** The place of the last message that somebody has. `seq` rises by one from message to message, across epochs too. */
export interface Position {
  readonly epoch: Epoch
  readonly seq: number
}

/**
 * One sender's numbered stream into a room: `<sender>.<generation>`. Sends in it are numbered 1, 2, 3 …
 * Who gives up on a send goes on with the next generation, from 1; the service refuses lower generations from then on.
 */
export type SenderSession = string

export const ROOM_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/
export const USER_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._~@-]{0,63}$/
/** Where tokens are in use as well, guests are called so; no token's subject may be. */
export const GUEST_PREFIX = 'guest~'
export const SESSION_PATTERN = /^([A-Za-z0-9_-]{1,32})\.([1-9][0-9]{0,8})$/

/** Limits that the service enforces; `welcome` repeats those that a client has to know. */
export interface Limits {
  /** Longest text of a message, in UTF-8 bytes. */
  readonly textBytesMax: number
  /** Longest frame that the service reads, in bytes. Beyond it the socket is closed with 1009. */
  readonly frameBytesMax: number
  /** Rooms that one connection may be in at once. */
  readonly roomsMax: number
  /** Sends of one sender session that may be unanswered at once; also how many answers the service remembers. */
  readonly inFlightMax: number
}

// Client → service ------------------------------------------------------------------------------------------------------

/**
 * Enter a room. With `position`: resume after it. With `history: n`: start with the last n messages. With neither: from now on.
 * Answered by `joined`, then by what was missed, then by the live stream, without a seam.
 */
export interface JoinFrame {
  readonly type: 'join'
  readonly room: string
  readonly position?: Position
  readonly history?: number
}

export interface LeaveFrame {
  readonly type: 'leave'
  readonly room: string
}

/** Say something. Answered by exactly one of `ack`, `reject`, `unconfirmed` on this socket, unless the socket ends first. */
export interface SendFrame {
  readonly type: 'send'
  readonly room: string
  readonly session: SenderSession
  /** Number within the sender session, from 1. */
  readonly n: number
  readonly text: string
}

/** Answered by `pong` with the same nonce. For clients that cannot send WebSocket pings. */
export interface PingFrame {
  readonly type: 'ping'
  readonly nonce: number
}

export type ClientFrame = JoinFrame | LeaveFrame | SendFrame | PingFrame

// Service → client ------------------------------------------------------------------------------------------------------

/** First frame on every socket. */
export interface WelcomeFrame {
  readonly type: 'welcome'
  readonly instance: string
  /** The user that this socket speaks for. */
  readonly user: string
  readonly limits: Limits
}

/** Answer to `join`: the stream goes on at `position.seq + 1`. */
export interface JoinedFrame {
  readonly type: 'joined'
  readonly room: string
  readonly position: Position
  /** False where messages after the position asked for are gone; a `gap` frame follows that says which. */
  readonly complete: boolean
  /** The newest seq of the room at that moment; messages up to it are history. */
  readonly top: number
}

export interface LeftFrame {
  readonly type: 'left'
  readonly room: string
  readonly position: Position
}

/** One message of a room. Frames of one room arrive in the order of seq, without holes except those that a `gap` declares. */
export interface MessageFrame {
  readonly type: 'message'
  readonly room: string
  readonly epoch: Epoch
  readonly seq: number
  /** Redis' time when the message was accepted, Unix milliseconds. */
  readonly sentAt: number
  /** `<session>/<n>`. */
  readonly id: string
  /** The sender's user. */
  readonly from: string
  readonly text: string
}

/** The message is in the room's log at this place. Sent again, with the same place, for a retry. */
export interface AckFrame {
  readonly type: 'ack'
  readonly room: string
  readonly session: SenderSession
  readonly n: number
  readonly epoch: Epoch
  readonly seq: number
}

/** The message is certainly not in the log by this attempt. */
export interface RejectFrame {
  readonly type: 'reject'
  readonly room: string
  readonly session: SenderSession
  readonly n: number
  readonly code: RejectCode
  /** With `out-of-order`: the last number of the session that the log has. Go on from `last + 1`. */
  readonly last?: number
  /** With `stale-session`: the generation that the service knows. Go on with a higher one. */
  readonly generation?: number
}

/** Nobody knows whether the message is in the log. Send it again with the same session and number. */
export interface UnconfirmedFrame {
  readonly type: 'unconfirmed'
  readonly room: string
  readonly session: SenderSession
  readonly n: number
}

/** How many are in the room now. */
export interface CountFrame {
  readonly type: 'count'
  readonly room: string
  /** Open connections, over all instances. */
  readonly connections: number
  /** Different users among them. */
  readonly participants: number
}

/**
 * Messages between two positions are gone for this client: those of `after`'s epoch behind it, and those of `next`'s epoch before
 * it. The stream goes on at `next`, whose seq may be the lower one where Redis lost messages that the client has.
 */
export interface GapFrame {
  readonly type: 'gap'
  readonly room: string
  readonly after: Position
  readonly next: Position
  readonly reason: GapReason
}

/** This instance is going away; it closes this socket with 1012 after `closesInMs`. Reconnect then, to another one. */
export interface DrainingFrame {
  readonly type: 'draining'
  readonly closesInMs: number
}

export interface PongFrame {
  readonly type: 'pong'
  readonly nonce: number
}

/** A frame was not understood. Whether the socket stays open is in {@link ERROR_CODES}. */
export interface ErrorFrame {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  readonly room?: string
}

export type ServiceFrame =
  | WelcomeFrame
  | JoinedFrame
  | LeftFrame
  | MessageFrame
  | AckFrame
  | RejectFrame
  | UnconfirmedFrame
  | CountFrame
  | GapFrame
  | DrainingFrame
  | PongFrame
  | ErrorFrame

/** The log keeps so much, or Redis has lost writes. */
export const GAP_REASONS = ['trimmed', 'epoch-lost'] as const
export type GapReason = (typeof GAP_REASONS)[number]

// Codes -----------------------------------------------------------------------------------------------------------------

/** Why a send was refused, and whether the same send can succeed later. */
export const REJECT_CODES = {
  'out-of-order': { retry: true, why: 'the number is not last + 1; send again from last + 1' },
  'stale-session': { retry: true, why: 'a higher generation of this sender was seen; begin a new session' },
  unavailable: { retry: true, why: 'the log could not be reached, and nothing was written' },
  'too-fast': { retry: true, why: 'more frames than the instance takes from one connection; send again after a pause' },
  'too-many-in-flight': { retry: true, why: 'more sends are unanswered than inFlightMax' },
  'not-joined': { retry: false, why: 'join the room first' },
  'text-empty': { retry: false, why: 'text has no characters' },
  'text-too-long': { retry: false, why: 'text is longer than textBytesMax' },
} as const satisfies Record<string, { retry: boolean; why: string }>

export type RejectCode = keyof typeof REJECT_CODES

/** What the client should do after a close: come back, come back with a fresh token, or give up and tell the person. */
export type AfterClose = 'reconnect' | 'fresh-token' | 'final'

/** Every WebSocket close code in use, see RFC 6455 section 7.4; 4000 to 4999 are this service's own. */
export const CLOSE_CODES = {
  normal: { code: 1000, after: 'final', why: 'the client is done' },
  goingAway: { code: 1001, after: 'reconnect', why: 'the other end is going away' },
  protocolError: { code: 1002, after: 'final', why: 'a frame broke the WebSocket protocol' },
  binaryFrame: { code: 1003, after: 'final', why: 'binary frames are not part of the protocol' },
  abnormal: { code: 1006, after: 'reconnect', why: 'the connection broke (never sent on the wire)' },
  notUtf8: { code: 1007, after: 'final', why: 'a frame was not UTF-8' },
  tooManyPieces: { code: 1008, after: 'final', why: 'a frame came in more pieces than the instance takes' },
  frameTooLong: { code: 1009, after: 'final', why: 'a frame was longer than frameBytesMax' },
  internalError: { code: 1011, after: 'reconnect', why: 'an error in the service' },
  restart: { code: 1012, after: 'reconnect', why: 'the instance is draining or has drained' },
  tryLater: { code: 1013, after: 'reconnect', why: 'the instance cannot serve now' },
  malformedFrame: { code: 4400, after: 'final', why: 'a frame was not a JSON object with a type' },
  badToken: { code: 4401, after: 'fresh-token', why: 'the token is missing, expired or not valid' },
  forbidden: { code: 4403, after: 'final', why: 'pages of this origin are not allowed here' },
  badName: { code: 4404, after: 'final', why: 'the guest name is missing or not valid' },
  badProtocol: { code: 4406, after: 'final', why: 'the subprotocol tuesday.v1 was not offered' },
  timedOut: { code: 4408, after: 'reconnect', why: 'nothing was heard for too long' },
  slowReader: {
    code: 4409,
    after: 'reconnect',
    why: 'frames piled up faster than they were read; resume from the position',
  },
  brokenStream: { code: 4410, after: 'reconnect', why: 'the client saw holes that joining again did not mend' },
  tooMany: { code: 4429, after: 'reconnect', why: 'too many connections, or frames too fast' },
} as const satisfies Record<string, { code: number; after: AfterClose; why: string }>

export type CloseName = keyof typeof CLOSE_CODES

/** What a frame that was not understood gets; `closes` names the close that follows, if any. */
export const ERROR_CODES = {
  'not-json': { closes: 'malformedFrame', why: 'the frame is not JSON' },
  'not-a-frame': { closes: 'malformedFrame', why: 'the frame is not a JSON object with a string field "type"' },
  'binary-frame': { closes: 'binaryFrame', why: 'the frame is binary' },
  'unknown-type': { closes: null, why: 'no frame has this type' },
  'bad-field': { closes: null, why: 'a field is missing, of the wrong type or out of range' },
  forbidden: { closes: null, why: 'the token does not allow this room' },
  'too-fast': { closes: 'tooMany', why: 'more frames than the instance takes from one connection' },
  'too-many-rooms': { closes: null, why: 'the connection is in roomsMax rooms' },
  'already-joined': { closes: null, why: 'the connection is in this room' },
  'not-joined': { closes: null, why: 'the connection is not in this room' },
  unavailable: { closes: 'tryLater', why: 'the log could not be reached' },
} as const satisfies Record<string, { closes: CloseName | null; why: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** What a request over HTTP is refused with: `{"error": code, "message": string}`. */
export const HTTP_ERROR_CODES = {
  'bad-request': { status: 400, retry: false, why: 'a parameter, header or the body is missing or not valid' },
  'bad-name': { status: 400, retry: false, why: 'the guest name is missing or not valid' },
  'bad-token': { status: 401, retry: false, why: 'the token is missing, expired or not valid; come with a fresh one' },
  forbidden: { status: 403, retry: false, why: 'the token does not allow this room' },
  'not-found': { status: 404, retry: false, why: 'there is no such path, or not with this method' },
  'body-too-long': { status: 413, retry: false, why: 'the body is longer than frameBytesMax' },
  'bad-media-type': { status: 415, retry: false, why: 'the body is not application/json' },
  'key-reused': { status: 422, retry: false, why: 'the Idempotency-Key came with another text before' },
  'text-empty': { status: 422, retry: false, why: 'text has no characters' },
  'text-too-long': { status: 422, retry: false, why: 'text is longer than textBytesMax' },
  'too-fast': { status: 429, retry: true, why: 'more requests than the instance takes from one user; see Retry-After' },
  internal: { status: 500, retry: true, why: 'an error in the service' },
  unavailable: { status: 503, retry: true, why: 'the log could not be reached, and nothing was written' },
  draining: { status: 503, retry: true, why: 'this instance is going away; ask the next one' },
  unconfirmed: {
    status: 504,
    retry: true,
    why: 'nobody knows whether it is in the log; send it again with the same key',
  },
} as const satisfies Record<string, { status: number; retry: boolean; why: string }>

export type HttpErrorCode = keyof typeof HTTP_ERROR_CODES

/** What to do after a close with this code; codes that are not in the table (a proxy's, say) are worth another try. */
export function afterClose(code: number): AfterClose {
  for (const entry of Object.values(CLOSE_CODES)) if (entry.code === code) return entry.after
  return 'reconnect'
}
