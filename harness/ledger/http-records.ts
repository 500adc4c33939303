/**
 * What the HTTP load found: how it is stored, in `ledger/http.jsonl` beside the files of the load workers, and as the checkers judge it. One
 * record a line, written while the run goes: an array whose first element names the kind.
 *
 * Connections are the plan's indexes, messages are numbered by their connection from 0. Latencies are microseconds, from the writing of a
 * request to the last byte of its answer; one that got none counts with the time for which it was waited.
 */

import type { HttpPath } from '../scenario/measures.ts'
import type { Position, RoomLog } from './ledger.ts'

export type HttpLine =
  /** A message whose request was answered with 2xx: where it stands, as the answer says. Null: the answer did not say. */
  | readonly ['published', connection: number, number: number, epoch: string | null, seq: number]
  /** All of one connection, in the end. */
  | readonly [
      'asked',
      connection: number,
      requests: number,
      answers: Readonly<Record<string, number>>,
      unanswered: number,
      open: number,
    ]
  /** Of one path, in the end. As in `latency-counts.ts`. */
  | readonly ['http-latency', path: HttpPath, histogram: string, overflow: number]
  /** By how much a timer of the process that asks was late, every few milliseconds. The last line: without it, the file is not whole. */
  | readonly ['http-generator', eventLoopUtilization: number, lag: string, overflow: number]

export interface HttpRecord {
  /** Index = that in the plan. */
  readonly connections: readonly HttpConnectionRecord[]
  readonly latencies: readonly HttpLatencyRecord[]
  /** Null: the process that asks did not come to its end. */
  readonly generator: HttpGeneratorRecord | null
}

export interface HttpConnectionRecord {
  /** That were made, or would have been if somebody had listened. */
  readonly requests: number
  /** By status. */
  readonly answers: Readonly<Record<string, number>>
  /** Refused, cut off, or not answered in time. */
  readonly unanswered: number
  /** Under way when the load ended. */
  readonly open: number
  /** With `publish`. */
  readonly published: readonly PublishedRecord[]
  /** With `publish`: the room's log after everything had settled; `number` is -1 for what nobody sent. Null where it could not be read. */
  readonly log: RoomLog | null
}

export interface PublishedRecord {
  readonly number: number
  readonly position: Position | null
}

export interface HttpLatencyRecord {
  readonly path: HttpPath
  readonly histogram: string
  readonly overflow: number
}

export interface HttpGeneratorRecord {
  /** From 0 to 1. */
  readonly eventLoopUtilization: number
  readonly lag: string
  readonly overflow: number
}
