/** A send from the moment that the host hands it over until it has been reported. Only its sender changes it. */

import type { RejectedOutput, SendHandle } from './output.ts'

export interface OpenSend {
  readonly handle: SendHandle
  readonly text: string
  readonly giveUpAtMs: number
  /** Number in the current session, 0 before it has one. */
  n: number
  /** Written on this socket and not answered. */
  isUnanswered: boolean
  mayBeInLog: boolean
  lastCode: RejectedOutput['code']
  /** Once reported, it stays until everything before it has been, to keep numbers and places in step. */
  outcome: 'open' | 'acked' | 'rejected' | 'unconfirmed'
}

export function newOpenSend(handle: SendHandle, text: string, giveUpAtMs: number): OpenSend {
  return {
    handle,
    text,
    giveUpAtMs,
    n: 0,
    isUnanswered: false,
    mayBeInLog: false,
    lastCode: 'never-written',
    outcome: 'open',
  }
}
