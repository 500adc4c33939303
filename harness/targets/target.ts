/**
 * What the load needs of a system under test. `tuesday.ts` is the one target; other systems become others. The load knows rooms and
 * clients by the plan's names and nothing of the wire.
 */

import type { Position } from '../ledger/ledger.ts'

export interface TargetAddress {
  /** Index of the instance in the plan. Behind a balancer: one that is up; which one a connection lands on, `welcome` tells. */
  readonly instance: number
  readonly host: string
  readonly port: number
  /** The address is a balancer's, the same for all instances. Missing: it is the instance's own. */
  readonly isBalancer?: boolean
}

/** What somebody said, and the position that it has. */
export interface TargetMessage extends Position {
  readonly id: string
  readonly from: string
  readonly text: string
}

/** What a connected client tells. Times are the load's business. */
export interface TargetListener {
  /** Behind a balancer only with the `welcome`, which tells the instance. */
  opened(instance: number): void
  /**
   * A try to connect came to nothing: refused, reset, timed out, not answered with an upgrade, or closed before the `welcome`. `instance`: index of the
   * one that was tried, -1 where a balancer chose. Where it had been opened, `closed` follows.
   */
  connectFailed(instance: number, why: string): void
  closed(code: number, wasAnnounced: boolean): void
  joinAsked(room: string): void
  joined(room: string, position: Position, isComplete: boolean, top: number): void
  left(room: string, position: Position): void
  /** How many are in the room, as the service says. */
  counted(room: string, connections: number, participants: number): void
  /**
   * After the client's own de-duplication. `isHistory`: part of catching up, at or below the top told by `joined`. The message may be told to others
   * as well: it is neither to be changed nor kept.
   */
  delivered(room: string, message: TargetMessage, isHistory: boolean): void
  /**
   * The same for several live messages of one epoch, with seqs that rise by one. Who is told the same array again is told the same messages.
   */
  deliveredStretch(room: string, messages: readonly TargetMessage[]): void
  duplicateDropped(room: string, position: Position): void
  holeSeen(room: string, after: Position, next: Position): void
  gapDeclared(room: string, after: Position, next: Position): void
  acked(handle: number, position: Position): void
  /** Definitely not accepted, by any attempt. */
  rejected(handle: number, code: string): void
  /** Given up: it may have been accepted. */
  unknown(handle: number): void
}

export interface TargetClient {
  /** Begins to connect, and keeps connected from then on. */
  connect(): void
  join(room: string): void
  leave(room: string): void
  /** Hands over a message; the answer comes to the listener under the same handle. */
  send(room: string, text: string, handle: number): void
  /** Another instance is its home from now on, where it began until then. It does not move by that. */
  setHome(instance: number): void
  /** Reconnects to its home, if it is elsewhere, as somebody does who loads the page again. Answers whether it has to. */
  goHome(): boolean
  /** Index of the instance it is connected to, -1 for none. */
  readonly instance: number
  /** Ends for good and reports every open send: `rejected` with `never-written`, or `unknown`. */
  end(): void
}

/** A room's whole log, oldest first. */
export interface TargetLog {
  readonly top: Position
  readonly entries: readonly { readonly position: Position; readonly id: string; readonly text: string }[]
}

export interface Target {
  /** `instance`: where it connects first; later it chooses among all addresses by itself. */
  createClient(name: string, instance: number, listener: TargetListener): TargetClient
  /** From now on nobody connects to an address that is not among these. Connections that are open stay. */
  useAddresses(addresses: readonly TargetAddress[]): void
  readLog(room: string): Promise<TargetLog>
}
