/** What a {@link ChatClient} tells its host. Outputs are carried out in the order in which they are returned. */

import type { AfterClose, ErrorCode, GapFrame, MessageFrame, Position, RejectCode } from '../service/protocol.ts'

export type ClientState = 'connecting' | 'open' | 'waiting' | 'draining' | 'ended'

/** What the host gave to `send` to know its message by. */
export type SendHandle = number | string

/** Open a new socket after `afterMs`. Replaces an earlier `connect` that has not been carried out yet. */
export interface ConnectOutput {
  readonly type: 'connect'
  readonly afterMs: number
  /** The instance last connected to is going away: choose another one if there is one. */
  readonly avoidInstance: boolean
}

/** Write this text frame to the open socket. */
export interface WriteOutput {
  readonly type: 'write'
  readonly text: string
}

/** Close the socket, or forget the pending `connect`; nothing that the old socket still says may be fed to the client. */
export interface CloseOutput {
  readonly type: 'close'
  readonly code: number
  /** Short enough for a close frame, which takes 123 bytes. */
  readonly reason: string
}

export interface StateOutput {
  readonly type: 'state'
  readonly state: ClientState
}

/** The client does not come back by itself. After `fresh-token` the host may call `start` again. */
export interface EndedOutput {
  readonly type: 'ended'
  readonly code: number
  readonly after: Exclude<AfterClose, 'reconnect'>
}

export interface WelcomeOutput {
  readonly type: 'welcome'
  readonly instance: string
}

export interface DrainingOutput {
  readonly type: 'draining'
  readonly closesInMs: number
}

/** The room's stream goes on after `position`; messages up to `top` are history. */
export interface JoinedOutput {
  readonly type: 'joined'
  readonly room: string
  readonly position: Position
  readonly complete: boolean
  readonly top: number
}

/** `position` is null where the client left before any join was answered. */
export interface LeftOutput {
  readonly type: 'left'
  readonly room: string
  readonly position: Position | null
}

/** A join was refused; the room is no longer wanted. */
export interface RefusedOutput {
  readonly type: 'refused'
  readonly room: string
  readonly code: ErrorCode
  readonly message: string
}

export interface MessageOutput {
  readonly type: 'message'
  readonly room: string
  readonly message: MessageFrame
  /** Its seq is at or below the top that the latest `joined` told. */
  readonly isHistory: boolean
}

/** A message that was delivered before came again and was dropped. */
export interface DuplicateOutput {
  readonly type: 'duplicate'
  readonly room: string
  readonly position: Position
}

/** The stream jumped from `after` to `next` without a declared gap. The client asks again from `after`. */
export interface HoleOutput {
  readonly type: 'hole'
  readonly room: string
  readonly after: Position
  readonly next: Position
}

/** The service declared that what stood between `after` and `next` is gone. */
export interface GapOutput {
  readonly type: 'gap'
  readonly room: string
  readonly after: Position
  readonly next: Position
  readonly reason: GapFrame['reason']
}

export interface CountOutput {
  readonly type: 'count'
  readonly room: string
  readonly connections: number
  readonly participants: number
}

/** The message is in the log. */
export interface AckedOutput {
  readonly type: 'acked'
  readonly handle: SendHandle
  readonly room: string
  readonly position: Position
}

/** The message is certainly not in the log: each attempt was definitely refused, or nothing was ever written. */
export interface RejectedOutput {
  readonly type: 'rejected'
  readonly handle: SendHandle
  readonly room: string
  readonly code: RejectCode | 'never-written'
}

/** Given up: nobody knows whether the message is in the log. */
export interface UnconfirmedOutput {
  readonly type: 'unconfirmed'
  readonly handle: SendHandle
  readonly room: string
}

/** A frame of the service that made no sense, or its complaint about one of ours. For the log of the host; nothing follows from it. */
export interface ErrorOutput {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
}

export type Output =
  | ConnectOutput
  | WriteOutput
  | CloseOutput
  | StateOutput
  | EndedOutput
  | WelcomeOutput
  | DrainingOutput
  | JoinedOutput
  | LeftOutput
  | RefusedOutput
  | MessageOutput
  | DuplicateOutput
  | HoleOutput
  | GapOutput
  | CountOutput
  | AckedOutput
  | RejectedOutput
  | UnconfirmedOutput
  | ErrorOutput

export type Emit = (output: Output) => void
